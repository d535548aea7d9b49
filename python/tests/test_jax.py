"""``resolvent.jax`` beside ``jax.numpy.linalg``."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

import resolvent
import resolvent.jax as ours

DTYPES = (np.float32, np.float64, np.complex64, np.complex128)
FUNCTIONS = {
    "solve": (lambda m: m.solve, [(3, 4, 4), (3, 4, 2)]),
    "solve a vector": (lambda m: m.solve, [(3, 4, 4), (4,)]),
    "solve one for all": (lambda m: m.solve, [(4, 4), (3, 4, 2)]),
    "inv": (lambda m: m.inv, [(3, 4, 4)]),
    "det": (lambda m: m.det, [(3, 4, 4)]),
    "one det": (lambda m: m.det, [(4, 4)]),
    "sign": (lambda m: lambda a: m.slogdet(a).sign, [(3, 4, 4)]),
    "logabsdet": (lambda m: lambda a: m.slogdet(a).logabsdet, [(3, 4, 4)]),
}
each_function = pytest.mark.parametrize("name", FUNCTIONS)


@pytest.fixture(autouse=True)
def double_precision():
    with jax.enable_x64(True):
        yield


def gaussian(*shape, dtype=np.float64, seed=0):
    rng = np.random.default_rng([seed, *shape])
    x = rng.standard_normal(shape) + (1j * rng.standard_normal(shape) if np.dtype(dtype).kind == "c" else 0)
    return jnp.asarray(x.astype(dtype))


def of(name, dtype=np.float64, stack=()):
    function, shapes = FUNCTIONS[name]
    operands = [gaussian(*stack, *shape, dtype=dtype, seed=seed) for seed, shape in enumerate(shapes)]
    return function(ours), function(jnp.linalg), operands


def close(answer, expected):
    assert answer.dtype == expected.dtype
    assert answer.shape == expected.shape
    tolerance = 1e3 * jnp.finfo(expected.dtype).eps
    np.testing.assert_allclose(answer, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max())


@each_function
@pytest.mark.parametrize("dtype", DTYPES)
def test_values(name, dtype):
    function, theirs, operands = of(name, dtype)
    close(function(*operands), theirs(*operands))
    close(jax.jit(function)(*operands), theirs(*operands))


@each_function
@pytest.mark.parametrize("dtype", DTYPES)
def test_vmap(name, dtype):
    function, theirs, operands = of(name, dtype, stack=(5,))
    close(jax.vmap(function)(*operands), jax.vmap(theirs)(*operands))
    first = (0, *[None] * (len(operands) - 1))
    operands = [operands[0], *(operand[0] for operand in operands[1:])]
    close(jax.vmap(function, in_axes=first)(*operands), jax.vmap(theirs, in_axes=first)(*operands))


def test_vmap_over_right_hand_sides_and_other_axes():
    a, b = gaussian(4, 4), gaussian(4, 6, 5)
    answer = jax.vmap(jax.vmap(ours.solve, (None, 1)), (None, 1))(a, b)
    close(answer, jnp.einsum("ij,jkl->kli", jnp.linalg.inv(a), b))


@each_function
@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
def test_derivatives(name, dtype):
    """Forward and reverse mode, twice."""
    function, _, operands = of(name, dtype)
    check_grads(function, operands, order=2, modes=["fwd", "rev"], rtol=1e-4, atol=1e-4)


@each_function
@pytest.mark.parametrize("dtype", [np.float32, np.complex128])
def test_compiled_gradients_of_stacks(name, dtype):
    function, theirs, operands = of(name, dtype, stack=(5,))

    def gradient(f):
        return jax.jit(jax.vmap(jax.grad(lambda *x: jnp.abs(f(*x) + 1).sum(), argnums=tuple(range(len(operands))))))

    for one, other in zip(gradient(function)(*operands), gradient(theirs)(*operands), strict=True):
        close(one, other)


def test_determinants_of_singular_matrices_have_gradients():
    gradient = jax.grad(ours.det)(jnp.arange(1.0, 10.0).reshape(3, 3))
    np.testing.assert_allclose(gradient, [[-3, 6, -3], [6, -12, 6], [-3, 6, -3]], atol=1e-13)


def test_singular_matrices_are_nan():
    a = jnp.array([[[2.0, 1.0], [1.0, 3.0]], [[1.0, 2.0], [2.0, 4.0]]])
    for answer in (ours.inv(a), ours.solve(a, jnp.eye(2))):
        close(answer[0], jnp.linalg.inv(a[0]))
        assert jnp.isnan(answer[1]).all()
    np.testing.assert_array_equal(ours.slogdet(a).logabsdet[1], -np.inf)


def test_near_singularity_is_told():
    hilbert = jnp.asarray(resolvent.gallery.hilbert(14))
    with pytest.warns(resolvent.IllConditionedWarning, match="numerically singular"):
        jax.block_until_ready(ours.inv(hilbert))


def test_large():
    """Beyond what a thread of XLA copies at once."""
    a, b = gaussian(600, 600), gaussian(600)
    value, gradient = jax.jit(jax.value_and_grad(lambda a: ours.solve(a, b).sum()))(a)
    x, y = jnp.linalg.solve(a, b), jnp.linalg.solve(a.T, jnp.ones(600))
    np.testing.assert_allclose(value, x.sum(), rtol=1e-8)
    np.testing.assert_allclose(gradient, -jnp.outer(y, x), rtol=1e-6, atol=1e-8 * np.abs(x).max() * np.abs(y).max())


def test_types():
    assert ours.inv([[2, 0], [0, 4]]).dtype == jnp.float64
    with jax.enable_x64(False):
        assert ours.inv([[2, 0], [0, 4]]).dtype == jnp.float32
    half = jnp.eye(2, dtype=jnp.bfloat16) * 2
    assert ours.solve(half, jnp.ones(2, dtype=jnp.bfloat16)).dtype == jnp.bfloat16
    assert ours.slogdet(half).logabsdet.dtype == jnp.bfloat16
    assert ours.solve(jnp.eye(2), jnp.ones(2) * 1j).dtype == jnp.complex128


@pytest.mark.parametrize("shape", [(0, 0), (0, 3, 3), (2, 0, 0)])
def test_empty(shape):
    a = jnp.ones(shape)
    assert ours.inv(a).shape == shape
    np.testing.assert_array_equal(ours.det(a), jnp.ones(shape[:-2]))


def test_refusals():
    with pytest.raises(ValueError, match=re.escape("not of shape (2, 3)")):
        ours.inv(jnp.ones((2, 3)))
    with pytest.raises(ValueError, match=re.escape("a of shape (2, 2) and b of shape (3,) do not fit")):
        ours.solve(jnp.eye(2), jnp.ones(3))
