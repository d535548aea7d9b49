"""The functions as a replacement for those of ``torch.linalg``: shapes, types, `out`, errors, and what is handed on."""

import numpy as np
import pytest
import torch

import resolvent
import resolvent.torch as ours

TYPES = (torch.float32, torch.float64, torch.complex64, torch.complex128)
SINGULAR = torch.tensor([[[2.0, 1.0], [1.0, 3.0]], [[1.0, 2.0], [2.0, 4.0]]])


def gaussian(*shape, dtype=torch.float64, seed=0):
    return torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("requires_grad", [False, True])
@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((4, 4), (4,)),
        ((4, 4), (4, 2)),
        ((3, 4, 4), (3, 4)),
        ((3, 4, 4), (4, 2)),
        ((2, 3, 4, 4), (3, 4, 1)),
        ((0, 4, 4), (0, 4)),
    ],
)
def test_solve_has_torchs_shapes(a, b, dtype, requires_grad):
    A, B = gaussian(*a, dtype=dtype).requires_grad_(requires_grad), gaussian(*b, dtype=dtype, seed=1)
    torch.testing.assert_close(ours.solve(A, B), torch.linalg.solve(A, B), rtol=1e-3, atol=1e-3)
    if len(b) > 1 and b[-2:] != a[-3:-1] and b[-2] == 4:
        torch.testing.assert_close(
            ours.solve(A, B.mT, left=False), torch.linalg.solve(A, B.mT, left=False), rtol=1e-3, atol=1e-3
        )


@pytest.mark.parametrize("requires_grad", [False, True])
def test_lazy_conjugates_and_strides(requires_grad):
    A, B = (
        gaussian(3, 4, 4, dtype=torch.complex128).requires_grad_(requires_grad),
        gaussian(3, 4, 2, dtype=torch.complex128),
    )
    for matrix in (A.conj(), A.mH, A.mT, A.transpose(0, 1).contiguous().transpose(0, 1), A[:1].expand(3, 4, 4)):
        torch.testing.assert_close(ours.solve(matrix, B), torch.linalg.solve(matrix, B))
        torch.testing.assert_close(ours.inv(matrix), torch.linalg.inv(matrix))
    torch.testing.assert_close(ours.solve(A, B.conj()), torch.linalg.solve(A, B.conj()))
    imaginary = torch.imag(A.conj())
    assert imaginary.is_neg()
    torch.testing.assert_close(ours.det(imaginary), torch.linalg.det(imaginary))


def test_memory_is_shared():
    """No copy of what goes in: a tensor that changes while nobody looks is a matrix that changes."""
    from resolvent.torch._tensors import array, tensor

    A = gaussian(3, 4, 4)
    for view in (A, A.mT, A[::2], A.expand(2, 3, 4, 4)):
        assert np.shares_memory(array(view), A.numpy())
        assert tensor(array(view)).data_ptr() == view.data_ptr()


@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16])
def test_halves_are_computed_in_single_precision(half):
    A, B = gaussian(3, 4, 4).to(half).requires_grad_(), gaussian(3, 4, 2).to(half)
    for function, operands in [(ours.solve, (A, B)), (ours.inv, (A,)), (ours.det, (A,)), (ours.pinv, (A,))]:
        answer = function(*operands)
        assert answer.dtype is half
        wide = function(*(operand.detach().float() for operand in operands))
        torch.testing.assert_close(answer.detach(), wide.to(half), rtol=0, atol=0)
        (gradient,) = torch.autograd.grad(answer.float().sum(), A)
        assert gradient.dtype is half
    assert ours.slogdet(A).logabsdet.dtype is ours.solve_ex(A, B).result.dtype is ours.inv_ex(A).inverse.dtype is half
    assert ours.lstsq(A, B).solution.dtype is half


@pytest.mark.parametrize("name", ["solve", "inv", "det"])
def test_out(name):
    A, B = gaussian(3, 4, 4), gaussian(3, 4, 2)
    operands = (A, B) if name == "solve" else (A,)
    answer = getattr(ours, name)(*operands)
    out = torch.empty_like(answer)
    assert getattr(ours, name)(*operands, out=out) is out
    assert torch.equal(out, answer)
    empty = torch.empty(0, dtype=A.dtype)
    assert torch.equal(getattr(ours, name)(*operands, out=empty), answer)
    with pytest.raises(RuntimeError, match=r"out=\.\.\. arguments don't support automatic differentiation"):
        getattr(ours, name)(A.requires_grad_(), *operands[1:], out=out)


@pytest.mark.parametrize("requires_grad", [False, True])
@pytest.mark.parametrize("call", [ours.inv, lambda a: ours.solve(a, torch.ones(2, 2)), ours.lu_factor])
def test_singular(call, requires_grad):
    """One class of errors that all may catch, and what it says."""
    for known in (torch.linalg.LinAlgError, np.linalg.LinAlgError, resolvent.SingularMatrixError):
        with pytest.raises(known, match=r"matrix 1 of the stack; row 1 = 2\*row 0") as caught:
            call(SINGULAR.clone().requires_grad_(requires_grad))
        error = caught.value
        assert type(error) is ours.SingularMatrixError
        assert (error.indices, error.pivot, error.dependence) == ((1,), 1, "row 1 = 2*row 0")


@pytest.mark.parametrize("requires_grad", [False, True])
def test_ex(requires_grad):
    A = SINGULAR.clone().requires_grad_(requires_grad)
    inverse, info = answer = ours.inv_ex(A)
    assert info.dtype is torch.int32
    assert info.tolist() == torch.linalg.inv_ex(A).info.tolist() == [0, 2]
    assert inverse[1].isnan().all()
    torch.testing.assert_close(inverse[0], torch.linalg.inv(A[0]))
    assert answer.quality.status.tolist() == [resolvent.Status.OK, resolvent.Status.SINGULAR]
    answer = ours.solve_ex(A, torch.ones(2, 2))
    assert answer.info.tolist() == [0, 2]
    assert answer.result[1].isnan().all()
    assert answer.quality.rcond[1] == 0
    if requires_grad:
        (gradient,) = torch.autograd.grad(answer.result.sum(), A)
        assert gradient[1].isnan().all()
        (expected,) = torch.autograd.grad(torch.linalg.solve(A[0], torch.ones(2)).sum(), A)
        torch.testing.assert_close(gradient[0], expected[0])
    for call in (lambda: ours.inv_ex(A, check_errors=True), lambda: ours.solve_ex(A, A, check_errors=True)):
        with pytest.raises(ours.SingularMatrixError):
            call()


def test_info_counts_columns_from_one():
    zero = torch.zeros(3, 3)
    rank_two = torch.tensor([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])
    regular = torch.eye(3)
    assert ours.inv_ex(torch.stack([zero, regular, rank_two])).info.tolist() == [1, 0, 3]


@pytest.mark.parametrize(
    ("name", "operands"),
    [
        ("solve", (torch.ones(2, 3), torch.ones(2))),
        ("solve", (torch.eye(2), torch.ones(3))),
        ("solve", (torch.eye(2), torch.ones(2, dtype=torch.float64))),
        ("solve", (torch.eye(2), torch.tensor(1.0))),
        ("inv", (torch.ones(3),)),
        ("inv", (torch.ones(2, 3),)),
        ("inv", (torch.ones(2, 2, dtype=torch.int64),)),
        ("det", (torch.ones(2, 3),)),
        ("slogdet", (torch.ones(2, 3),)),
        ("lstsq", (torch.ones(3, 2), torch.ones(4))),
        ("pinv", (torch.ones(3),)),
        ("lu_factor", (torch.ones(3),)),
    ],
)
def test_refusals_are_torchs(name, operands):
    with pytest.raises(RuntimeError) as theirs:
        getattr(torch.linalg, name)(*operands)
    with pytest.raises(type(theirs.value)) as caught:
        getattr(ours, name)(*operands)
    assert str(caught.value) == str(theirs.value)


def test_other_tensors_are_handed_on():
    A = torch.eye(2, device="meta")
    assert ours.inv(A).is_meta
    assert ours.solve_ex(A, A).quality is None

    class Named(torch.Tensor):
        pass

    assert type(ours.inv(torch.eye(2).as_subclass(Named))) is Named
    assert torch.equal(ours.det(torch.nn.Parameter(torch.eye(2))).detach(), torch.tensor(1.0))
    # Not square; without exchanges of rows; an absolute tolerance.
    assert ours.lu_factor(gaussian(3, 2)).LU.shape == (3, 2)
    A = gaussian(3, 3)
    torch.testing.assert_close(ours.pinv(A, atol=1e-3), torch.linalg.pinv(A, atol=1e-3))


@pytest.mark.parametrize("driver", [None, "gels", "gelsy", "gelsd", "gelss"])
@pytest.mark.parametrize("shape", [(5, 3), (3, 3), (3, 5), (2, 5, 3)])
def test_lstsq_fills_the_fields_of_its_driver(driver, shape):
    A, B = gaussian(*shape), gaussian(*shape[:-1], 2, seed=1)
    answer, expected = ours.lstsq(A, B, driver=driver), torch.linalg.lstsq(A, B, driver=driver)
    for field in ("solution", "residuals", "rank", "singular_values"):
        torch.testing.assert_close(getattr(answer, field), getattr(expected, field), msg=field)


@pytest.mark.parametrize("dtype", TYPES)
def test_lu_is_packed_as_lapack_packs_it(dtype):
    A, B = gaussian(3, 5, 5, dtype=dtype), gaussian(3, 5, 2, dtype=dtype, seed=1)
    (LU, pivots), expected = ours.lu_factor(A), torch.linalg.lu_factor(A)
    torch.testing.assert_close(LU, expected.LU, rtol=1e-3, atol=1e-4)
    assert torch.equal(pivots, expected.pivots)
    X = ours.solve(A, B)
    torch.testing.assert_close(torch.linalg.lu_solve(LU, pivots, B), X, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(ours.lu_solve(*expected, B), X, rtol=1e-3, atol=1e-3)
