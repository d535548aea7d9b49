"""Values and derivatives on PyTorch's own samples, as its own test suite checks them."""

import pytest
import torch
from samples import CASES, IDS, ours, samples, theirs
from torch.autograd import gradcheck, gradgradcheck

pytestmark = pytest.mark.parametrize(("op", "dtype"), CASES, ids=IDS)


def each(op, dtype):
    for sample in samples(op, dtype, requires_grad=True):
        operands = (sample.input, *sample.args)

        def function(*operands, sample=sample):
            answer = op.gradcheck_wrapper(ours(op), *operands, **sample.kwargs)
            return sample.output_process_fn_grad(answer)

        yield function, operands


def test_values(op, dtype):
    for sample in samples(op, dtype, requires_grad=False):
        operands = (sample.input, *sample.args)
        answer, expected = (tuple_of(f(op)(*operands, **sample.kwargs)) for f in (ours, theirs))
        for one, other in zip(answer, expected, strict=True):
            torch.testing.assert_close(one, other)


def test_gradients(op, dtype):
    """Backward, forward mode, and both under vmap."""
    for function, operands in each(op, dtype):
        assert gradcheck(
            function,
            operands,
            check_forward_ad=True,
            check_batched_grad=op.check_batched_grad,
            check_batched_forward_grad=op.check_batched_forward_grad,
            fast_mode=True,
        )


def test_second_derivatives(op, dtype):
    """Backward and forward mode of backward."""
    for function, operands in each(op, dtype):
        assert gradgradcheck(
            function,
            operands,
            check_fwd_over_rev=True,
            check_batched_grad=op.check_batched_gradgrad,
            fast_mode=True,
        )


def tuple_of(answer):
    return answer if isinstance(answer, tuple) else (answer,)
