"""The extension module, written in Rust."""

from collections.abc import Callable, Sequence
from contextvars import Token
from enum import IntEnum
from typing import Any, Final, Literal, NamedTuple, Self, TypeAlias, TypeVar, final, overload, type_check_only

import numpy as np
from numpy.linalg import LinAlgError as LinAlgError
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "LDL",
    "LU",
    "QR",
    "Cholesky",
    "IllConditionedWarning",
    "Info",
    "InvResult",
    "LinAlgError",
    "LstsqResult",
    "Progress",
    "SingularMatrixError",
    "SolveResult",
    "Status",
    "__version__",
    "cholesky",
    "cond",
    "det",
    "diagnose",
    "exact_det",
    "exact_inv",
    "exact_rank",
    "exact_solve",
    "factor_cholesky",
    "factor_ldl",
    "factor_qr",
    "get_num_threads",
    "instruction_set",
    "inv",
    "inv_ex",
    "inv_vjp",
    "lstsq",
    "lu",
    "matrix_rank",
    "null_space",
    "pinv",
    "restore_factors",
    "ridge",
    "set_num_threads",
    "slogdet",
    "solve",
    "solve_ex",
    "solve_unjudged",
    "solve_vjp",
    "unwatch",
    "watch",
]

__version__: Final[str]

_Inexact = TypeVar("_Inexact", np.float32, np.float64, np.complex64, np.complex128)
_Assume: TypeAlias = Literal[
    "general",
    "gen",
    "symmetric",
    "sym",
    "hermitian",
    "her",
    "positive definite",
    "pos",
    "upper triangular",
    "lower triangular",
    "diagonal",
    "tridiagonal",
    "banded",
]
_Integers: TypeAlias = NDArray[np.integer[Any]] | NDArray[np.bool_]
_RealLists: TypeAlias = Sequence[Sequence[float]] | Sequence[Sequence[Sequence[float]]]
_Array = TypeVar("_Array", bound=NDArray[Any])

class SingularMatrixError(LinAlgError):
    indices: tuple[int, ...] | tuple[tuple[int, ...], ...]
    pivot: int
    dependence: str | None

class IllConditionedWarning(RuntimeWarning): ...

class Status(IntEnum):
    OK = 0
    ILL_CONDITIONED = 1
    NUMERICALLY_SINGULAR = 2
    SINGULAR = 3
    NOT_FINITE = 4

@final
class Info:
    def __new__(
        cls,
        status: NDArray[np.uint8],
        rcond: NDArray[np.float64],
        backward_error: NDArray[np.float64],
        forward_error: NDArray[np.float64],
        method: str,
    ) -> Self: ...
    @property
    def status(self) -> NDArray[np.uint8]: ...
    @property
    def rcond(self) -> NDArray[np.float64]: ...
    @property
    def backward_error(self) -> NDArray[np.float64]: ...
    @property
    def forward_error(self) -> NDArray[np.float64]: ...
    @property
    def method(self) -> str: ...

class InvResult(NamedTuple):
    inverse: NDArray[Any]
    info: Info

class SolveResult(NamedTuple):
    solution: NDArray[Any]
    info: Info

class LstsqResult(NamedTuple):
    x: NDArray[Any]
    residuals: NDArray[Any]
    rank: Any
    s: NDArray[Any]

class Progress(NamedTuple):
    fraction: float
    what: str

class _SlogdetResult(NamedTuple):
    sign: Any
    logabsdet: Any

@type_check_only
class _Factors:
    """What all factor objects have; there is no such class at run time."""

    def solve(self, b: ArrayLike, trans: Literal["N", "T", "C"] = "N", *, warn: bool = True) -> NDArray[Any]: ...
    def inv(self, *, warn: bool = True) -> NDArray[Any]: ...
    def det(self) -> Any: ...
    def slogdet(self) -> _SlogdetResult: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: dict[int, Any]) -> Self: ...
    @property
    def rcond(self) -> Any: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def dtype(self) -> np.dtype[Any]: ...

@final
class LU(_Factors):
    @property
    def L(self) -> NDArray[Any]: ...
    @property
    def U(self) -> NDArray[Any]: ...
    @property
    def packed(self) -> NDArray[Any]: ...
    @property
    def p(self) -> NDArray[np.intp]: ...

@final
class Cholesky(_Factors):
    @property
    def L(self) -> NDArray[Any]: ...

@final
class LDL(_Factors):
    @property
    def L(self) -> NDArray[Any]: ...
    @property
    def D(self) -> NDArray[Any]: ...
    @property
    def p(self) -> NDArray[np.intp]: ...

@final
class QR(_Factors):
    @property
    def Q(self) -> NDArray[Any]: ...
    @property
    def R(self) -> NDArray[Any]: ...

@overload
def inv(a: ArrayLike, *, out: _Array, assume_a: _Assume | None = None, refine: bool = False) -> _Array: ...
@overload
def inv(
    a: NDArray[_Inexact], *, out: None = None, assume_a: _Assume | None = None, refine: bool = False
) -> NDArray[_Inexact]: ...
@overload
def inv(
    a: _Integers | _RealLists, *, out: None = None, assume_a: _Assume | None = None, refine: bool = False
) -> NDArray[np.float64]: ...
@overload
def inv(a: ArrayLike, *, out: None = None, assume_a: _Assume | None = None, refine: bool = False) -> NDArray[Any]: ...
@overload
def solve(
    a: ArrayLike, b: ArrayLike, *, out: _Array, assume_a: _Assume | None = None, refine: bool = False
) -> _Array: ...
@overload
def solve(
    a: NDArray[_Inexact],
    b: NDArray[_Inexact],
    *,
    out: None = None,
    assume_a: _Assume | None = None,
    refine: bool = False,
) -> NDArray[_Inexact]: ...
@overload
def solve(
    a: ArrayLike, b: ArrayLike, *, out: None = None, assume_a: _Assume | None = None, refine: bool = False
) -> NDArray[Any]: ...
def det(a: ArrayLike) -> Any: ...
def slogdet(a: ArrayLike) -> _SlogdetResult: ...
def inv_ex(a: ArrayLike, *, assume_a: _Assume | None = None, refine: bool = False) -> InvResult: ...
def solve_ex(a: ArrayLike, b: ArrayLike, *, assume_a: _Assume | None = None, refine: bool = False) -> SolveResult: ...
def lstsq(a: ArrayLike, b: ArrayLike, rcond: float | None = None) -> LstsqResult: ...
def pinv(
    a: ArrayLike, rcond: ArrayLike | None = None, hermitian: bool = False, *, rtol: ArrayLike | None = ...
) -> NDArray[Any]: ...
def matrix_rank(
    A: ArrayLike, tol: ArrayLike | None = None, hermitian: bool = False, *, rtol: ArrayLike | None = None
) -> Any: ...
def cond(x: ArrayLike, p: float | Literal["fro", "nuc"] | None = None) -> Any: ...
def null_space(a: ArrayLike, rcond: float | None = None) -> NDArray[Any]: ...
def ridge(a: ArrayLike, b: ArrayLike, alpha: ArrayLike) -> NDArray[Any]: ...
@overload
def cholesky(a: NDArray[_Inexact], /, *, upper: bool = False) -> NDArray[_Inexact]: ...
@overload
def cholesky(a: _Integers | _RealLists, /, *, upper: bool = False) -> NDArray[np.float64]: ...
@overload
def cholesky(a: ArrayLike, /, *, upper: bool = False) -> NDArray[Any]: ...
def lu(a: ArrayLike) -> LU: ...
def factor_cholesky(a: ArrayLike) -> Cholesky: ...
def factor_ldl(a: ArrayLike) -> LDL: ...
def factor_qr(a: ArrayLike) -> QR: ...
def restore_factors(
    kind: str,
    parts: tuple[Any, ...],
    batch: Sequence[int],
    status: Sequence[int],
    rcond: Sequence[float],
    pivots: Sequence[int],
) -> LU | Cholesky | LDL | QR: ...
def inv_vjp(x: NDArray[Any], g: NDArray[Any]) -> NDArray[Any]: ...
def solve_vjp(h: NDArray[Any], x: NDArray[Any]) -> NDArray[Any]: ...
def solve_unjudged(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]: ...
def diagnose(
    a: ArrayLike, b: ArrayLike | None, names: list[str] | None, target_cond: float | None
) -> tuple[dict[str, Any], str]: ...
def exact_det(elements: list[Any], shape: Sequence[int]) -> list[Any]: ...
def exact_rank(elements: list[Any], shape: Sequence[int]) -> list[int]: ...
def exact_inv(elements: list[Any], shape: Sequence[int]) -> list[Any]: ...
def exact_solve(
    a: list[Any], a_shape: Sequence[int], b: list[Any], b_shape: Sequence[int]
) -> tuple[list[Any], list[int]]: ...
def watch(callback: Callable[[Progress], object] | None) -> Token[Callable[[Progress], object] | None]: ...
def unwatch(token: Token[Callable[[Progress], object] | None]) -> None: ...
def set_num_threads(n: int) -> None: ...
def get_num_threads() -> int: ...
def instruction_set() -> str: ...
