"""Operands: every case x stack x stride x dtype, and the measures by which answers are judged."""

from collections.abc import Callable, Iterator

import numpy as np

DTYPES = (np.float32, np.float64, np.complex64, np.complex128)
ORDERS = (1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 24, 25, 33, 45, 61, 64, 100)
STACKS = ((), (1,), (3,), (17,), (2, 3), (2, 1, 3))


def matrices(order: int, stack: tuple[int, ...] = (), dtype: type = np.float64, seed: int = 0) -> np.ndarray:
    """Well-conditioned matrices that need row exchanges."""
    rng = np.random.default_rng([seed, order, *stack])
    shape = (*stack, order, order)
    a = rng.uniform(-1, 1, shape)
    if np.issubdtype(dtype, np.complexfloating):
        a = a + 1j * rng.uniform(-1, 1, shape)
    # A dominant cyclic shift: far from singular, and no pivot stands on the diagonal.
    a = a + 2 * max(order, 1) ** 0.5 * np.roll(np.eye(order), 1, axis=0)
    return a.astype(dtype)


def right_hand_sides(shape: tuple[int, ...], dtype: type = np.float64, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng([seed, *shape])
    b = rng.uniform(-1, 1, shape)
    if np.issubdtype(dtype, np.complexfloating):
        b = b + 1j * rng.uniform(-1, 1, shape)
    return b.astype(dtype)


def _strided(a: np.ndarray) -> np.ndarray:
    """Every second element of a larger array, in every dimension."""
    wide = np.full([2 * extent for extent in a.shape], 7, a.dtype)
    view = wide[tuple(slice(None, None, 2) for _ in a.shape)]
    view[...] = a
    return view


def _backwards(a: np.ndarray) -> np.ndarray:
    """Negative strides in every dimension."""
    flip = tuple(slice(None, None, -1) for _ in a.shape)
    return np.ascontiguousarray(a[flip])[flip]


def _transposed(a: np.ndarray) -> np.ndarray:
    return np.swapaxes(np.ascontiguousarray(np.swapaxes(a, -1, -2)), -1, -2)


def _stack_last(a: np.ndarray) -> np.ndarray:
    """The stack dimensions run fastest in memory."""
    axes = (a.ndim - 2, a.ndim - 1, *range(a.ndim - 2))
    return np.ascontiguousarray(a.transpose(axes)).transpose(np.argsort(axes))


def _read_only(a: np.ndarray) -> np.ndarray:
    a = a.copy()
    a.flags.writeable = False
    return a


def _unaligned(a: np.ndarray) -> np.ndarray:
    memory = np.zeros(a.nbytes + 1, np.uint8)
    view = memory[1:].view(a.dtype) if a.nbytes else a.copy().ravel()
    view = view.reshape(a.shape)
    view[...] = a
    assert a.size == 0 or not view.flags.aligned
    return view


def _half_steps(a: np.ndarray) -> np.ndarray:
    """Aligned, but the strides are no multiples of the element's size."""
    pair = np.zeros((*a.shape, 3), a.real.dtype)
    part = pair.strides[-1]
    view = np.lib.stride_tricks.as_strided(pair.view(), (*a.shape, 3), pair.strides)
    if np.iscomplexobj(a):
        complex_view = np.ndarray(a.shape, a.dtype, pair.data, strides=pair.strides[:-1])
        assert part * 3 == complex_view.strides[-1]
        complex_view[...] = a
        return complex_view
    view[..., 0] = a
    return view[..., 0]


LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "c": np.ascontiguousarray,
    "fortran": np.asfortranarray,
    "transposed": _transposed,
    "strided": _strided,
    "backwards": _backwards,
    "stack last": _stack_last,
    "read-only": _read_only,
    "swapped": lambda a: a.astype(a.dtype.newbyteorder()),
    "unaligned": _unaligned,
    "half steps": _half_steps,
}


def layouts(a: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    for name, lay in LAYOUTS.items():
        laid = lay(a)
        assert np.array_equal(laid, a), name
        yield name, laid


def eps(dtype: type) -> float:
    return float(np.finfo(dtype).eps)


def _norm(a: np.ndarray) -> np.ndarray:
    return np.abs(a).sum(-1).max(-1)


def inverse_ratio(a: np.ndarray, x: np.ndarray) -> float:
    """|I - A X| / (n |A| |X| eps), the worst of the stack, in a wider type; below about 1 is right."""
    n, wide = a.shape[-1], np.result_type(a, np.complex128 if np.iscomplexobj(a) else np.float64)
    residual = np.eye(n) - a.astype(wide) @ x.astype(wide)
    return float(np.max(_norm(residual) / (n * _norm(a) * _norm(x) * eps(x.dtype)), initial=0))


def solution_ratio(a: np.ndarray, x: np.ndarray, b: np.ndarray) -> float:
    """|B - A X| / (n |A| |X| eps), the worst of the stack; `b` and `x` are (..., n, k)."""
    n, wide = a.shape[-1], np.result_type(a, np.complex128 if np.iscomplexobj(a) else np.float64)
    residual = b.astype(wide) - a.astype(wide) @ x.astype(wide)
    return float(np.max(_norm(residual) / (n * _norm(a) * _norm(x) * eps(x.dtype)), initial=0))


# The largest ratio that counts as right, for every order and dtype.
RATIO = 4.0


def same_bits(x: np.ndarray, y: np.ndarray) -> bool:
    """Equal shape, dtype and bits: -0.0 is not 0.0; NaN equals NaN, whose sign and payload are no arithmetic."""
    if x.shape != y.shape or x.dtype != y.dtype:
        return False
    x, y = (np.atleast_1d(np.ascontiguousarray(z)).view(z.real.dtype) for z in (x, y))
    return bool(((x == y) & (np.signbit(x) == np.signbit(y)) | np.isnan(x) & np.isnan(y)).all())
