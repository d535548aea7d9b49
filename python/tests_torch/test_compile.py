"""``torch.compile``: one graph for solve, inv, det and slogdet, a break of it for the others, and the same numbers."""

import pytest
import torch
from test_functions import gaussian

import resolvent.torch as ours

FUNCTIONS = {
    "solve": lambda m, A, B, b: (
        m.solve(A, B).abs().sum() + m.solve(A, b).abs().sum() + m.solve(A, B.mT, left=False).abs().sum()
    ),
    "inv": lambda m, A, B, b: (m.inv(A) @ B).abs().sum(),
    "det": lambda m, A, B, b: m.det(A).abs().sum(),
    "slogdet": lambda m, A, B, b: m.slogdet(A)[1].sum() + (m.slogdet(A)[0] * b[0]).abs().sum(),
    "inv_ex": lambda m, A, B, b: (m.inv_ex(A)[0] @ B).abs().sum(),
    "solve_ex": lambda m, A, B, b: m.solve_ex(A, B)[0].abs().sum(),
    "lstsq": lambda m, A, B, b: m.lstsq(A, B)[0].abs().sum(),
    "pinv": lambda m, A, B, b: (m.pinv(A) @ B).abs().sum(),
    "lu": lambda m, A, B, b: m.lu_solve(*m.lu_factor(A), B).abs().sum(),
}


@pytest.mark.parametrize("dtype", [torch.float64, torch.complex128])
@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
@pytest.mark.parametrize("name", FUNCTIONS)
# What PyTorch itself does at a break of the graph.
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf:UserWarning")
def test_compiled(name, backend, dtype):
    operands = [
        gaussian(*shape, dtype=dtype, seed=seed).requires_grad_()
        for seed, shape in enumerate([(3, 4, 4), (3, 4, 2), (4,)])
    ]
    function = FUNCTIONS[name]
    torch._dynamo.reset()
    compiled = torch.compile(
        lambda *operands: function(ours, *operands),
        backend=backend,
        fullgraph=name in ("solve", "inv", "det", "slogdet"),
    )
    value, expected = compiled(*operands), function(torch.linalg, *operands)
    torch.testing.assert_close(value, expected)
    for one, other in zip(
        *(torch.autograd.grad(x, operands, allow_unused=True) for x in (value, expected)), strict=True
    ):
        assert (one is None) == (other is None)
        if one is not None:
            torch.testing.assert_close(one, other)
