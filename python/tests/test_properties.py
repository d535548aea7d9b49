"""Properties that hold for matrices nobody thought of."""

import warnings

import hypothesis.extra.numpy as arrays_of
import numpy as np
from cases import DTYPES, eps, same_bits
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import resolvent as rs

shapes = st.tuples(st.lists(st.integers(0, 3), max_size=2), st.integers(0, 6)).map(lambda t: (*t[0], t[1], t[1]))
dtypes = st.sampled_from(DTYPES)
anything = arrays_of.arrays(dtypes, shapes)
# Small integers are exact: singular ones are singular to the last bit, and det is an integer.
integers = arrays_of.arrays(np.int64, st.integers(1, 4).map(lambda n: (n, n)), elements=st.integers(-5, 5))


@given(anything)
def test_no_input_is_too_odd_for_the_ex_functions(a):
    inverse, info = rs.inv_ex(a)
    assert inverse.shape == a.shape
    assert inverse.dtype == a.dtype
    assert info.status.shape == info.rcond.shape == info.backward_error.shape == a.shape[:-2]
    finite = np.isfinite(a).all(axis=(-2, -1))
    singular = info.status == rs.Status.SINGULAR
    answered = np.isfinite(inverse).all(axis=(-2, -1))
    not_finite = ~finite | (~answered & ~singular)
    assert ((info.status == rs.Status.NOT_FINITE) == not_finite).all()
    assert np.isnan(inverse[singular]).all()
    assert (info.rcond[singular] == 0).all()
    solution, told = rs.solve_ex(a, np.ones(a.shape[-1], a.dtype))
    assert solution.shape == a.shape[:-1]
    assert ((told.status == rs.Status.SINGULAR) == singular).all()


@given(anything)
def test_plain_raises_just_where_ex_says_singular(a):
    info = rs.inv_ex(a).info
    singular = np.argwhere(info.status == rs.Status.SINGULAR)
    doubtful = (info.status == rs.Status.NUMERICALLY_SINGULAR).any()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            inverse = rs.inv(a)
        except rs.SingularMatrixError as error:
            indices = [index if isinstance(index, tuple) else (index,) for index in error.indices]
            assert indices == [tuple(index) for index in singular]
        else:
            assert not len(singular)
            assert same_bits(inverse, rs.inv_ex(a).inverse)
            assert bool(caught) == doubtful
            assert all(warning.category is rs.IllConditionedWarning for warning in caught)


@given(anything, st.randoms(use_true_random=False))
def test_each_matrix_is_as_if_alone(a, random):
    inverse = rs.inv_ex(a).inverse
    places = list(np.ndindex(a.shape[:-2]))
    for place in random.sample(places, min(len(places), 3)):
        assert same_bits(inverse[place], rs.inv_ex(a[place]).inverse)


@given(integers)
def test_integers(a):
    exact = round(np.linalg.det(a))
    scale = np.prod(np.abs(a).sum(axis=1, initial=0), dtype=float)
    assert abs(rs.det(a) - exact) <= 20 * eps(np.float64) * max(scale, 1)
    sign, log = rs.slogdet(a)
    if exact:
        inverse, info = rs.inv_ex(a)
        assert info.status < rs.Status.NUMERICALLY_SINGULAR
        np.testing.assert_allclose(inverse @ a, np.eye(len(a)), atol=1e-10)
        assert sign == np.sign(exact)
        assert abs(log - np.log(abs(exact))) < 1e-10
    else:
        assert rs.inv_ex(a).info.status == rs.Status.SINGULAR


@given(integers, st.integers(-40, 40))
def test_powers_of_two_change_no_bit_but_the_exponent(a, power):
    assume(rs.inv_ex(a).info.status == rs.Status.OK)
    scaled = np.ldexp(a.astype(float), power)
    assert same_bits(rs.inv(scaled), np.ldexp(rs.inv(a), -power))


@given(
    arrays_of.arrays(np.float64, arrays_of.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)),
    arrays_of.arrays(np.float64, arrays_of.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)),
)
@settings(max_examples=400)
def test_shapes_are_accepted_just_where_numpy_accepts_them(a, b):
    # Identities, so that nothing is singular: only the shapes count.
    a = np.broadcast_to(np.eye(*a.shape[-2:]), a.shape) if a.ndim > 1 else a
    try:
        expected = np.linalg.solve(a, b)
    except ValueError as error:
        expected = type(error)
    try:
        answer = rs.solve(a, b)
    except ValueError as error:
        answer = type(error)
    if isinstance(expected, type):
        assert answer is expected
    else:
        assert answer.shape == expected.shape
        assert answer.dtype == expected.dtype


@given(st.data())
def test_views_of_any_strides(data):
    base = np.random.default_rng(0).uniform(-1, 1, (6, 7, 8)) + 3 * np.eye(7, 8)
    index = []
    for extent in base.shape:
        start, stop = data.draw(st.integers(0, extent)), data.draw(st.integers(0, extent))
        step = data.draw(st.sampled_from([-2, -1, 1, 2]))
        index.append(slice(start, stop, step))
    view = base[tuple(index)].transpose(data.draw(st.permutations(range(3))))
    order = min(view.shape[-2:])
    view = view[..., :order, :order]
    assert same_bits(rs.inv_ex(view).inverse, rs.inv_ex(view.copy()).inverse)
