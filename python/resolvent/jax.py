"""Functions of ``jax.numpy.linalg``, computed by Resolvent on the processor, with derivatives of any order.

>>> import jax, jax.numpy as jnp
>>> from resolvent.jax import solve
>>> jax.grad(lambda a: solve(a, jnp.array([5.0, 4.0])).sum())(jnp.array([[2.0, 1.0], [1.0, 3.0]])).round(2)
Array([[-0.88, -0.24],
       [-0.44, -0.12]], dtype=float32)

They work under ``jit``, ``vmap``, ``grad`` and ``jvp``: leading dimensions are the stack. Arrays leave the compiled
program for them (``jax.pure_callback``), which costs some 0.1 ms per call. As everywhere in JAX, nothing is raised: a
singular matrix gives NaN in its own place. One that is nearly singular gives ``resolvent.IllConditionedWarning``.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

try:
    import jax
except ModuleNotFoundError as _missing:
    raise ImportError("resolvent.jax needs JAX: pip install resolvent[jax]") from _missing

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike
from numpy.typing import NDArray

import resolvent
from resolvent import _derivatives
from resolvent._native import solve_unjudged

__all__ = ["det", "inv", "slogdet", "solve"]


class SlogdetResult(NamedTuple):
    """The fields of ``jax.numpy.linalg.slogdet``."""

    sign: Array
    logabsdet: Array


def solve(a: ArrayLike, b: ArrayLike) -> Array:
    """The solution of ``a x = b``. See ``jax.numpy.linalg.solve``: `b` is a vector only if it has one dimension."""
    (A, B), back = _operands(a, b)
    _check_square(A)
    vector = B.ndim == 1
    rows = B.shape[-1 if vector else -2] if B.ndim else None
    if rows != A.shape[-1]:
        raise ValueError(f"a of shape {A.shape} and b of shape {B.shape} do not fit: b needs as many rows as a")
    return back(_solve(A, B[:, None])[..., 0] if vector else _solve(A, B))


def _solve(A: Array, B: Array) -> Array:
    """X = A^-1 B as JAX derives it: a linear function of B, whose transpose is X -> A^-T X."""
    batch = jnp.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    B = jnp.broadcast_to(B, (*batch, *B.shape[-2:]))

    def linear(function: Callable[..., Any], matrix: Array, b: Array) -> Array:
        return _call(function, b.shape, b.dtype, matrix[(None,) * (b.ndim - matrix.ndim)], b)

    return jax.lax.custom_linear_solve(
        lambda x: A @ x,
        B,
        lambda _, b: linear(_solution, A, b),
        lambda _, b: linear(_silent_solution, A.mT, b),
    )


def inv(a: ArrayLike) -> Array:
    """The inverse of a matrix, or of every matrix of a stack. See ``jax.numpy.linalg.inv``."""
    (A,), back = _operands(a)
    _check_square(A)
    return back(_inv(A))


@jax.custom_jvp
def _inv(A: Array) -> Array:
    return _call(_inverse, A.shape, A.dtype, A)


@_inv.defjvp
def _(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (Y, (dA,)) = _inv(*primals), tangents
    return Y, -(Y @ dA @ Y)


def det(a: ArrayLike) -> Array:
    """The determinant of a matrix, or of every matrix of a stack. See ``jax.numpy.linalg.det``.

    Its gradient is right for singular matrices too; a second derivative asks for regular ones.
    """
    (A,), back = _operands(a)
    _check_square(A)
    return back(_det(A))


@jax.custom_jvp
def _det(A: Array) -> Array:
    return _call(resolvent.det, A.shape[:-2], A.dtype, A)


@_det.defjvp
def _(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (A,), (dA,) = primals, tangents
    return _det(A), _trace(_adjugate(A), dA)


@jax.custom_jvp
def _adjugate(A: Array) -> Array:
    return _call(_transposed_cofactors, A.shape, A.dtype, A)


@_adjugate.defjvp
def _(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    # adj A = det(A) A^-1.
    (A,), (dA,) = primals, tangents
    adjugate, inverse = _adjugate(A), _inv(A)
    return adjugate, _trace(adjugate, dA)[..., None, None] * inverse - adjugate @ dA @ inverse


def slogdet(a: ArrayLike) -> SlogdetResult:
    """Sign and logarithm of the determinant of every matrix. See ``jax.numpy.linalg.slogdet``."""
    (A,), back = _operands(a)
    _check_square(A)
    return SlogdetResult(*map(back, _slogdet(A)))


@jax.custom_jvp
def _slogdet(A: Array) -> tuple[Array, Array]:
    batch = A.shape[:-2]
    kinds = jax.ShapeDtypeStruct(batch, A.dtype), jax.ShapeDtypeStruct(batch, A.real.dtype)
    return jax.pure_callback(lambda a: tuple(resolvent.slogdet(_array(a))), kinds, A, vmap_method="expand_dims")


@_slogdet.defjvp
def _(primals: tuple[Array], tangents: tuple[Array]) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    (A,), (dA,) = primals, tangents
    sign, logabsdet = _slogdet(A)
    dlog = _trace(_inv(A), dA)
    dsign = 1j * dlog.imag * sign if jnp.iscomplexobj(A) else jnp.zeros_like(sign)
    return (sign, logabsdet), (dsign, dlog.real)


def _trace(a: Array, b: Array) -> Array:
    """tr(a b) of every matrix."""
    return jnp.einsum("...ij,...ji->...", a, b)


def _call(function: Callable[..., Any], shape: tuple[int, ...], dtype: Any, *arrays: Array) -> Array:
    """The function of NumPy arrays inside of a compiled program; under vmap its arrays are stacks."""
    kind = jax.ShapeDtypeStruct(shape, dtype)
    return jax.pure_callback(lambda *a: function(*map(_array, a)), kind, *arrays, vmap_method="expand_dims")


def _array(a: Any) -> NDArray[Any]:
    return np.asarray(a)


def _inverse(a: NDArray[Any]) -> NDArray[Any]:
    out = np.empty_like(a)
    try:
        return resolvent.inv(a, out=out)
    except resolvent.SingularMatrixError:
        # The others are there, and NaN where there is none.
        return out


def _solution(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    out = np.empty(np.broadcast_shapes(a.shape[:-2], b.shape[:-2]) + b.shape[-2:], b.dtype)
    try:
        return resolvent.solve(a, b, out=out)
    except resolvent.SingularMatrixError:
        return out


def _silent_solution(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    """Of the same matrix, going backward: what is to be said of it has been said."""
    return solve_unjudged(a, b)


def _transposed_cofactors(a: NDArray[Any]) -> NDArray[Any]:
    return _derivatives.cofactors(a, resolvent.lu(a)).mT.conj()


def _operands(*operands: ArrayLike) -> tuple[list[Array], Callable[[Array], Array]]:
    """The arrays in one type that Resolvent has, and what brings an answer back into their own."""
    arrays = [jnp.asarray(operand) for operand in operands]
    dtype = jnp.result_type(*arrays)
    if not jnp.issubdtype(dtype, jnp.inexact):
        dtype = jnp.result_type(float)
    # Half precision is computed in single.
    wide = jnp.promote_types(dtype, jnp.float32)

    def back(answer: Array) -> Array:
        return answer.astype(dtype) if dtype != wide else answer

    return [array.astype(wide) for array in arrays], back


def _check_square(A: Array) -> None:
    if A.ndim < 2 or A.shape[-1] != A.shape[-2]:
        raise ValueError(f"a is a matrix or a stack of them, square: not of shape {A.shape}")
