"""Exact answers for matrices of integers and fractions: ``det``, ``rank``, ``solve``, ``inv``.

>>> import resolvent as rs
>>> rs.exact.det([[10**50, 1], [1, 10**50]]) == 10**100 - 1
True
>>> rs.exact.solve([[2, 1], [1, 3]], [5, 4])
array([Fraction(11, 5), Fraction(3, 5)], dtype=object)

What goes in: NumPy arrays of integers, nested sequences and object arrays of Python's integers, of whatever size, and
of ``fractions.Fraction``; stacks ``(..., M, N)`` of them as everywhere. What comes out is proved, not rounded. Floats
are refused: ``Fraction(x)`` is exactly what a float ``x`` stores, ``Fraction("0.1")`` what is written.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from resolvent import _native

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from numpy.typing import ArrayLike, NDArray

    # NumPy's type knows no sequences of fractions.
    _ExactLike: TypeAlias = ArrayLike | Sequence[Any]

__all__ = ["det", "inv", "rank", "solve"]


def _flat(a: "_ExactLike") -> tuple[list[Any], tuple[int, ...]]:
    """The elements, and the shape. Integers in sequences may be larger than any of NumPy's types."""
    array = np.asarray(a) if isinstance(a, np.ndarray) else np.array(a, dtype=object)
    return array.ravel().tolist(), array.shape


def _objects(elements: list[Any], shape: tuple[int, ...]) -> "NDArray[np.object_]":
    array = np.empty(len(elements), dtype=object)
    array[:] = elements
    return array.reshape(shape)


def det(a: "_ExactLike") -> Any:
    """The determinant of a matrix, or of every matrix of a stack, exactly.

    Parameters
    ----------
    a : (..., M, M) array_like of integers and fractions

    Returns
    -------
    int, if all elements are integers, else Fraction; for a stack an object array of them

    Examples
    --------
    >>> import resolvent as rs
    >>> rs.exact.det([[1, 2], [3, 4]])
    -2
    """
    elements, shape = _flat(a)
    found = _native.exact_det(elements, shape)
    return found[0] if len(shape) == 2 else _objects(found, shape[:-2])


def rank(a: "_ExactLike") -> Any:
    """The rank of a matrix, or of every matrix of a stack, exactly.

    Parameters
    ----------
    a : (..., M, N) array_like of integers and fractions

    Returns
    -------
    int; for a stack an array of integers

    Examples
    --------
    >>> import resolvent as rs
    >>> rs.exact.rank([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    2
    """
    elements, shape = _flat(a)
    found = _native.exact_rank(elements, shape)
    return found[0] if len(shape) == 2 else np.array(found, dtype=np.intp).reshape(shape[:-2])


def solve(a: "_ExactLike", b: "_ExactLike") -> "NDArray[np.object_]":
    """The solution of ``a x = b`` in fractions, for a matrix or every matrix of a stack.

    Parameters
    ----------
    a : (..., M, M) array_like of integers and fractions
    b : (M,) or (..., M, K) array_like of integers and fractions
        A vector only if it has exactly one dimension. Stack dimensions are broadcast.

    Returns
    -------
    (..., M) or (..., M, K) object array of Fraction

    Raises
    ------
    SingularMatrixError
        Which says what row depends on which.

    Examples
    --------
    >>> import resolvent as rs
    >>> rs.exact.solve([[2, 1], [1, 3]], [5, 4])
    array([Fraction(11, 5), Fraction(3, 5)], dtype=object)
    """
    elements, shape = _native.exact_solve(*_flat(a), *_flat(b))
    return _objects(elements, tuple(shape))


def inv(a: "_ExactLike") -> "NDArray[np.object_]":
    """The inverse of a matrix, or of every matrix of a stack, in fractions.

    Parameters
    ----------
    a : (..., M, M) array_like of integers and fractions

    Returns
    -------
    (..., M, M) object array of Fraction

    Raises
    ------
    SingularMatrixError
        Which says what row depends on which.

    Examples
    --------
    >>> import resolvent as rs
    >>> rs.exact.inv([[2, 1], [1, 1]])
    array([[Fraction(1, 1), Fraction(-1, 1)],
           [Fraction(-1, 1), Fraction(2, 1)]], dtype=object)
    """
    elements, shape = _flat(a)
    return _objects(_native.exact_inv(elements, shape), shape)
