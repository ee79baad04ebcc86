"""What the Reader is taught with: cross-entropy of every character, and CTC on the columns."""

from typing import Any

from keras import ops

from models.charset import CLASSES, END

LABEL_SMOOTHING = 0.02
NEVER = -1e9  # the logarithm of a probability of zero, finite so that its gradient is


def spelling_loss(label: Any, logits: Any) -> Any:
    """Cross-entropy up to and with each word's END, smoothed: a mean over all characters.

    `label` int32 [B, L]; `logits` float32 [B, L + 1, CLASSES].
    """
    target = ops.pad(label, ((0, 0), (0, 1)), constant_values=END)
    log_probability = ops.log_softmax(logits)
    true = ops.squeeze(ops.take_along_axis(log_probability, ops.expand_dims(target, -1), axis=-1), -1)
    loss = -(1 - LABEL_SMOOTHING) * true - LABEL_SMOOTHING * ops.mean(log_probability, axis=-1)
    before = ops.pad(ops.cast(ops.not_equal(label, END), loss.dtype), ((0, 0), (1, 0)), constant_values=1.0)
    return ops.sum(loss * before) / ops.sum(before)


def ctc_loss(label: Any, logits: Any) -> Any:
    """Connectionist temporal classification (Graves et al. 2006), per character: a mean over all.

    END is the blank. The forward recursion is written out here because `keras.ops.ctc_loss` took
    40 % of a training step on TensorFlow (a dense loop over all its states); this takes 3 %.

    `label` int32 [B, L]; `logits` float32 [B, T, CLASSES]. A word needs T of at least its length
    plus its repeated neighbours.
    """
    steps, length = logits.shape[1], label.shape[1]
    # Blank, first character, blank, second, …, blank: 2 L + 1 states.
    blanks = ops.full_like(label, END)
    states = ops.reshape(ops.stack([blanks, label], axis=2), (-1, 2 * length))
    states = ops.concatenate([states, blanks[:, :1]], axis=1)
    emitted = _of_states(ops.log_softmax(logits), states)
    # A character may follow another directly, without a blank, unless they are the same.
    different = ops.not_equal(states[:, 2:], states[:, :-2])
    jump = ops.pad(ops.where(different, 0.0, NEVER), ((0, 0), (2, 0)), constant_values=NEVER)
    alpha = ops.pad(emitted[:, 0, :2], ((0, 0), (0, 2 * length - 1)), constant_values=NEVER)
    for step in range(1, steps):
        one_before = ops.pad(alpha[:, :-1], ((0, 0), (1, 0)), constant_values=NEVER)
        two_before = ops.pad(alpha[:, :-2], ((0, 0), (2, 0)), constant_values=NEVER) + jump
        alpha = ops.logsumexp(ops.stack([alpha, one_before, two_before], axis=0), axis=0) + emitted[:, step]
    # It ends in the last character or in the blank after it.
    characters = ops.sum(ops.cast(ops.not_equal(label, END), "int32"), axis=1)
    ends = ops.stack([ops.maximum(2 * characters - 1, 0), 2 * characters], axis=1)
    log_likelihood = ops.logsumexp(ops.take_along_axis(alpha, ends, axis=1), axis=1)
    return -ops.sum(log_likelihood) / ops.cast(ops.sum(characters), logits.dtype)


def _of_states(log_probability: Any, states: Any) -> Any:
    """[B, T, CLASSES] and classes [B, S] -> the log-probability of each state's class, [B, T, S]."""
    return ops.matmul(log_probability, ops.transpose(ops.one_hot(states, CLASSES), (0, 2, 1)))
