"""Mistakes that show in certain cases only: prepared forms."""

from __future__ import annotations

from plain_numpy import Right


class FormReused(Right):
    """prepare fills one list of the instance: after prepare of a and b, a's form is b's."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.form = []

    def prepare(self, reviews):
        self.form[:] = super().prepare(reviews)
        return self.form


class TwoFormsInTurn(Right):
    """prepare fills two lists in turn: the third form overwrites the first."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.forms, self.turn = ([], []), 0

    def prepare(self, reviews):
        self.turn = 1 - self.turn
        self.forms[self.turn][:] = super().prepare(reviews)
        return self.forms[self.turn]


class FormHoldsTheTable(Right):
    """The form holds the table of the instance that prepared it: another instance trains that one."""

    def prepare(self, reviews):
        return self.w01, super().prepare(reviews)

    def train(self, prepared):
        self.w01, form = prepared
        return super().train(form)

    def predict(self, prepared):
        return super().predict(prepared[1])


class FormHoldsTheRate(Right):
    """The form holds the learning rate of the instance that prepared it: another instance takes it."""

    def prepare(self, reviews):
        return self.learning_rate, super().prepare(reviews)

    def train(self, prepared):
        self.prepared_rate, form = prepared
        return super().train(form)

    def predict(self, prepared):
        return super().predict(prepared[1])

    def step(self, output, label, n):
        return self.prepared_rate * ((output - label) * output * (1 - output)) / n


class RingOfEight(Right):
    """Forms lie in a ring of eight: the ninth that is prepared ahead overwrites the first."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.ring, self.made = [[] for _ in range(8)], 0

    def prepare(self, reviews):
        self.made += 1
        self.ring[self.made % 8][:] = super().prepare(reviews)
        return self.ring[self.made % 8]
