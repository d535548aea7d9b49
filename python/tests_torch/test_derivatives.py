"""What derivatives cost and how good they are: one factorization, its memory let go, warnings, accuracy."""

import gc
import warnings
import weakref

import mpmath
import numpy as np
import pytest
import torch
from test_functions import gaussian
from torch.func import grad, hessian, jacfwd, jacrev, vmap

import resolvent
import resolvent.torch as ours
from resolvent.torch import _factors


@pytest.fixture
def factorizations(monkeypatch):
    """The shapes that were factored."""
    shapes = []
    factor = resolvent.lu

    def counted(a):
        shapes.append(a.shape)
        return factor(a)

    monkeypatch.setattr(resolvent, "lu", counted)
    return shapes


# Of an order where stacks are factored, too.
N = _factors._ANEW + 8


def of_solution(A, b):
    return ours.solve(A, b).square().sum()


def of_torchs(A, b):
    return torch.linalg.solve(A, b).square().sum()


def test_one_factorization_serves_all_derivatives(factorizations):
    A, b = gaussian(N, N).requires_grad_(), gaussian(N).requires_grad_()
    x = ours.solve(A, b)
    (g,) = torch.autograd.grad(x.sum(), A, create_graph=True)
    torch.autograd.grad(g.sum(), (A, b), retain_graph=True)
    torch.autograd.grad(x.sum(), b)
    assert factorizations == [(N, N)]
    ours.slogdet(A).logabsdet.backward()
    assert factorizations == [(N, N)] * 2


@pytest.mark.parametrize(
    ("transformed", "stack"),
    [
        (lambda f: vmap(grad(f, argnums=(0, 1))), ((6, N, N), (6, N))),
        (lambda f: vmap(grad(f, argnums=(0, 1)), in_dims=(None, 0)), ((N, N), (6, N))),
        (lambda f: vmap(grad(f, argnums=(0, 1)), in_dims=(1, 1)), ((N, 6, N), (N, 6))),
        (lambda f: grad(lambda A, b: vmap(f, in_dims=(0, None))(A, b).sum()), ((6, N, N), (N,))),
        (lambda f: vmap(vmap(grad(f), in_dims=(None, 0)), in_dims=(0, None)), ((3, N, N), (2, N))),
        (lambda f: hessian(f, argnums=1), ((N, N), (N,))),
        (lambda f: jacfwd(f, argnums=1), ((N, N), (N,))),
        (lambda f: jacrev(jacfwd(f), argnums=1), ((5, 5), (5,))),
    ],
)
def test_function_transforms(transformed, stack, factorizations):
    operands = [gaussian(*shape, seed=seed) for seed, shape in enumerate(stack)]
    answer = transformed(of_solution)(*operands)
    assert len(factorizations) == 1
    torch.testing.assert_close(answer, transformed(of_torchs)(*operands))


@pytest.mark.parametrize("name", ["inv", "det", "pinv"])
def test_vmap_is_the_stack(name):
    A = gaussian(4, 3, 5, 5).transpose(0, 1)
    function = getattr(ours, name)
    torch.testing.assert_close(vmap(function, in_dims=1)(A), function(A.transpose(0, 1)))
    nested = vmap(vmap(function, in_dims=2), in_dims=2)(A.permute(2, 3, 0, 1))
    torch.testing.assert_close(nested, function(A))
    torch.testing.assert_close(vmap(jacrev(function))(A[0]), torch.stack([jacrev(function)(a) for a in A[0]]))


def test_vmap_of_ex_and_lu():
    A, B = gaussian(4, 3, 5, 5), gaussian(3, 4, 5, 2)
    inverse, info = vmap(ours.inv_ex)(A)
    torch.testing.assert_close(inverse, torch.linalg.inv(A))
    assert info.shape == (4, 3)
    result, info = vmap(ours.solve_ex, in_dims=(0, 1))(A, B)
    torch.testing.assert_close(result, torch.linalg.solve(A, B.transpose(0, 1)))
    LU, pivots = vmap(ours.lu_factor)(A)
    torch.testing.assert_close(LU, torch.linalg.lu_factor(A).LU)
    solution = vmap(ours.lu_solve, in_dims=(0, 0, 1))(LU, pivots, B)
    torch.testing.assert_close(solution, result)
    one = vmap(ours.lu_solve, in_dims=(None, None, 0))(LU[0], pivots[0], B.transpose(0, 1))
    torch.testing.assert_close(one, torch.linalg.solve(A[0], B.transpose(0, 1)))
    torch.testing.assert_close(vmap(ours.lstsq)(A, B.transpose(0, 1)).solution, result)


def test_backward_lets_go_of_the_factors(monkeypatch):
    alive = weakref.WeakSet()
    start = _factors.Factors.__init__

    def noted(self):
        start(self)
        alive.add(self)

    monkeypatch.setattr(_factors.Factors, "__init__", noted)
    A = gaussian(N, N).requires_grad_()
    x = ours.solve(A, gaussian(N))
    assert len(alive) == 1
    x.sum().backward(retain_graph=True)
    assert len(alive) == 1
    x.sum().backward()
    gc.collect()
    assert len(alive) == 0
    assert x.grad_fn is not None


def test_saved_tensors_may_go_through_hooks():
    A, b = gaussian(N, N).requires_grad_(), gaussian(N)
    with torch.autograd.graph.save_on_cpu():
        x = ours.solve(A, b)
    (gradient,) = torch.autograd.grad(x.sum(), A)
    torch.testing.assert_close(gradient, torch.autograd.grad(torch.linalg.solve(A, b).sum(), A)[0])


def test_changes_in_place_are_noticed():
    A, b = gaussian(N, N).requires_grad_(), gaussian(N)
    B = A * 1
    x = ours.solve(B, b)
    B.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        x.sum().backward()


@pytest.mark.parametrize("stack", [(), (2,)])
@pytest.mark.parametrize("name", ["solve", "inv"])
def test_near_singularity_is_told_once(name, stack):
    """Forward warns; backward, which is as good as the solution, does not say it again."""
    n = 14
    A = torch.from_numpy(resolvent.gallery.hilbert(n)).expand(*stack, n, n).clone().requires_grad_()
    operands = (A, torch.ones(*stack, n, dtype=torch.float64)) if name == "solve" else (A,)
    with pytest.warns(resolvent.IllConditionedWarning, match="digits of the result can be trusted"):
        answer = getattr(ours, name)(*operands)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (gradient,) = torch.autograd.grad(answer.sum(), A, create_graph=True)
        gradient.sum().backward()


def test_gradients_are_as_accurate_as_the_solution():
    """H A^-T 1 and x are both off by about cond eps, so that the gradient -(A^-T 1) x^T is, too."""
    n = 8
    a = resolvent.gallery.hilbert(n)
    A, b = torch.from_numpy(a).requires_grad_(), torch.ones(n, dtype=torch.float64)
    x = ours.solve(A, b)
    x.sum().backward()
    with mpmath.workdps(50):
        exact = mpmath.matrix(a.tolist())
        solution = mpmath.lu_solve(exact, mpmath.ones(n, 1))
        adjoint = mpmath.lu_solve(exact.T, mpmath.ones(n, 1))
        true_gradient = np.array((-adjoint * solution.T).tolist(), dtype=float)
        true_solution = np.array(solution.tolist(), dtype=float)[:, 0]

    def error(values, truth):
        return np.abs(values - truth).max() / np.abs(truth).max()

    bound = np.linalg.cond(a) * np.finfo(float).eps
    assert error(x.detach().numpy(), true_solution) < bound
    assert error(A.grad.numpy(), true_gradient) < 2 * bound


def cofactors(a):
    """By their definition."""

    def minor(i, j):
        rows, columns = ([k for k in range(len(a)) if k != without] for without in (i, j))
        return torch.linalg.det(a[rows][:, columns])

    return torch.stack([torch.stack([(-1) ** (i + j) * minor(i, j) for j in range(len(a))]) for i in range(len(a))])


@pytest.mark.parametrize("dtype", [torch.float64, torch.complex128])
def test_determinants_of_singular_matrices_have_gradients(dtype):
    regular = gaussian(4, 4, dtype=dtype)
    rank_three, rank_two, rank_one = (
        regular.clone(),
        regular.clone(),
        gaussian(4, 1, dtype=dtype) @ gaussian(1, 4, dtype=dtype),
    )
    rank_three[3] = rank_three[2] * 2
    rank_two[2:] = rank_two[:2]
    numbers = torch.zeros(4, 4, dtype=dtype)
    numbers[:3, :3] = torch.arange(1, 10).reshape(3, 3)
    numbers[3, 3] = 1
    for stack in (
        rank_three,
        torch.stack([regular, rank_three, rank_two, rank_one, numbers, torch.zeros_like(regular)]),
    ):
        A = stack.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(ours.det(A).sum().real, A)
        expected = torch.stack([cofactors(a) for a in stack.reshape(-1, 4, 4)]).reshape(stack.shape).conj()
        torch.testing.assert_close(gradient, expected, atol=1e-12, rtol=1e-12)
    assert torch.autograd.gradcheck(ours.det, (A,), check_forward_ad=True)
    with pytest.raises(ours.SingularMatrixError):
        torch.autograd.grad(ours.slogdet(A).logabsdet.sum(), A)


def test_lstsq_of_deficient_rank():
    """The gradient of the shortest solution, where the rank stays as it is under the change."""
    left, right, B = gaussian(5, 2), gaussian(2, 4, seed=1), gaussian(5, 3, seed=2)
    operands = tuple(t.requires_grad_() for t in (left, right, B))
    assert torch.autograd.gradcheck(
        lambda p, q, B: ours.lstsq(p @ q, B, driver="gelsd").solution, operands, check_forward_ad=True
    )


def test_lstsq_of_graded_columns():
    """Of full rank however small a column is; the gradient belongs to the same pseudoinverse."""
    scales = torch.tensor([1.0, 1e-9, 1e-18], dtype=torch.float64)
    A, b = gaussian(5, 3), gaussian(5, seed=1)
    graded = (A * scales).requires_grad_()
    (gradient,) = torch.autograd.grad((ours.lstsq(graded, b).solution * scales).sum(), graded)
    A.requires_grad_()
    (expected,) = torch.autograd.grad(ours.lstsq(A, b).solution.sum(), A)
    torch.testing.assert_close(gradient * scales, expected)
