"""Two loops over rows of weights, faster than what numba makes of plain loops.

A row is a few vectors of 64 bytes, which stay in registers from the first word to the last. Plain
loops are slower for four reasons. LLVM must keep the order of a sum of floating-point numbers, so
each addition waits for the one before; here a narrow row has up to four sums, which don't wait for
each other. LLVM doesn't know how long a row is, so it keeps the sum in memory and asks at each
word how much is left; here the number of vectors is part of the compiled code. The rows of a
review lie anywhere in memory; here those of a later review are fetched while one is updated. And a
row that is padded to whole cache lines brings zeros along; here what is left of it besides whole
vectors lies in an array of its own.

What each is worth (IMDB, 10 hidden units, float64) on an AMD EPYC, by results/tricks, and on an
Intel Xeon: plain loops take 3.2 and 3.0 times as long as all of it; without rows fetched it is 0.95
and 1.15 times, with padded rows 1.17 and 1.12, with neither trick 1.25 and 1.24. So vectors in
registers and sums that don't wait are worth the most, 2.5 times, and fetching pays only where rows
come from farther than a large third cache.

LLVM lowers a vector of 64 bytes to what the machine has: AVX-512, AVX2, NEON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .row_layout import BYTES_BESIDE, VECTOR_BYTES, RowLayout


@intrinsic  # type: ignore[untyped-decorator]
def sum_rows(
    context: Any,
    cut: Any,
    heads: Any,
    tails: Any,
    words: Any,
    counts: Any,
    start: Any,
    stop: Any,
    column: Any,
    layer_1: Any,
    ahead: Any,
) -> Any:
    """Write the sum of one tile of the rows of words[start:stop], each times its count.

    Args:
        cut: RowLayout.cut.
        heads: (vocabulary_size, whole), 64-byte aligned, of float64 or float32.
        tails: (vocabulary_size, rest), what is left of each row, aligned and typed likewise.
        words: (nnz,) int32.
        counts: (nnz,) in the dtype of the rows; None for presence.
        column: where the tile begins, in heads and in layer_1.
        layer_1: (padded,), 64-byte aligned, where the sum is written.
        ahead: the row of the word that comes so many later is fetched into the cache, if there
            are so many; None to fetch none.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code = Code(context, builder, signature, args)
        code.store(code.folded(builder.fadd, builder.fmul), code.units(8))
        return context.get_dummy_value()

    args = cut, heads, tails, words, counts, start, stop, column, layer_1, ahead
    return types.void(*args), generate


@intrinsic  # type: ignore[untyped-decorator]
def subtract_from_rows(
    context: Any,
    cut: Any,
    heads: Any,
    tails: Any,
    words: Any,
    counts: Any,
    start: Any,
    stop: Any,
    column: Any,
    step: Any,
    ahead: Any,
) -> Any:
    """Subtract one tile of step from each of the rows of words[start:stop], times its count.

    Args: as for sum_rows, and
        step: (padded,), 64-byte aligned.
        ahead: or as many as start:stop holds, if that is more, because the caller has just summed
            those; none where they take more than BYTES_BESIDE.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code = Code(context, builder, signature, args)
        steps = code.load(code.units(8))
        with code.each_row() as (row, place):
            counted = code.counted(steps, place, builder.fmul)
            code.store(list(map(builder.fsub, code.load(row), counted)), row)
        return context.get_dummy_value()

    args = cut, heads, tails, words, counts, start, stop, column, step, ahead
    return types.void(*args), generate


def fetch(builder: Any, address: Any) -> None:
    """Have the line of an address brought into the cache, to be written."""
    byte, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
    function = cgutils.get_or_insert_function(
        builder.module,
        ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag]),
        "llvm.prefetch.p0i8",
    )
    to_write, keep, data = (ir.Constant(flag, value) for value in (1, 3, 1))
    builder.call(function, [builder.bitcast(address, byte), to_write, keep, data])


class Code:
    """The instructions of a loop over one tile of the rows of words[start:stop].

    Args:
        context, builder, signature, args: as numba gives them to an intrinsic with the arguments
            of sum_rows.
    """

    def __init__(self, context: Any, builder: Any, signature: Any, args: Any) -> None:
        self._context, self._builder, self._types = context, builder, signature.args
        self._args = args
        self._start, self._stop, self._column = args[5:8]
        self._layout = RowLayout(*map(len, self._types[0]))
        item = context.get_value_type(self._types[1].dtype)
        lanes = [self._layout.lanes] * self._layout.vectors
        lanes += [self._layout.rest] * bool(self._layout.rest)
        self._shapes = [ir.VectorType(item, number) for number in lanes]
        self._intp = context.get_value_type(types.intp)

    def folded(self, combine: Callable[..., Any], multiply: Callable[..., Any]) -> list[Any]:
        """Combine all rows into one, in several chains that don't wait for each other.

        Args:
            combine: an instruction such as fadd; the order must not matter, and zero must change
                nothing.
            multiply: the instruction that multiplies a row by its count.

        Returns:
            The vectors of that one row.
        """
        builder, zeros = self._builder, [ir.Constant(shape, None) for shape in self._shapes]
        chains = [
            [cgutils.alloca_once_value(builder, zero) for zero in zeros]
            for _ in range(self._layout.chains)
        ]

        far = self._within(self._args[9])

        def add(chain: list[Any], place: Any) -> None:
            self._fetch(place, far)
            values = self.counted(self.load(self._row(place)), place, multiply)
            for value, total in zip(values, chain, strict=True):
                builder.store(combine(builder.load(total), value), total)

        length = builder.sub(self._stop, self._start)
        rest = builder.srem(length, self._number(len(chains)))
        whole = builder.sub(self._stop, rest)
        with self._loop(self._start, whole, len(chains)) as place:
            for number, chain in enumerate(chains):
                add(chain, builder.add(place, self._number(number)))
        with self._loop(whole, self._stop) as place:
            add(chains[0], place)
        return [
            reduce(combine, map(builder.load, vectors)) for vectors in zip(*chains, strict=True)
        ]

    @contextmanager
    def each_row(self) -> Iterator[tuple[list[Any], Any]]:
        """Loop over the rows; what is built inside the context is done with each of them.

        Returns:
            A context with the addresses of the vectors of the row, and its place in words.
        """
        builder, far = self._builder, self._args[9]
        if not self._fetches_none:
            length = builder.sub(self._stop, self._start)
            far = builder.select(builder.icmp_signed(">", length, far), length, far)
            most = self._number(BYTES_BESIDE // self._layout.row_bytes)
            far = builder.select(builder.icmp_signed(">", length, most), self._number(0), far)
        far = self._within(far)
        with self._loop(self._start, self._stop) as place:
            self._fetch(place, far)
            yield self._row(place), place

    def counted(self, values: list[Any], place: Any, multiply: Callable[..., Any]) -> list[Any]:
        """Multiply vectors by the count of the word at a place, if there are counts."""
        if isinstance(self._types[4], types.NoneType):
            return values
        count = self._builder.load(self._item_of(4, place))
        return [multiply(value, self._repeated(count, value.type)) for value in values]

    def units(self, arg: int) -> list[Any]:
        """Find the vectors of the tile in the array (padded,) that is argument number arg."""
        return self._pieces(self._item_of(arg, self._column), len(self._shapes))

    def load(self, addresses: list[Any]) -> list[Any]:
        """Read vectors."""
        return [self._builder.load(at, align=self._align(at)) for at in addresses]

    def store(self, values: list[Any], addresses: list[Any]) -> None:
        """Write vectors."""
        for value, at in zip(values, addresses, strict=True):
            self._builder.store(value, at, align=self._align(at))

    def _row(self, place: Any) -> list[Any]:
        """Find the vectors of the row of the word at a place."""
        builder = self._builder
        word = builder.sext(builder.load(self._item_of(3, place)), self._intp)
        first = builder.mul(word, self._number(self._layout.whole))
        head = self._item_of(1, builder.add(first, self._column))
        found = self._pieces(head, self._layout.vectors)
        if self._layout.rest:
            tail = self._item_of(2, builder.mul(word, self._number(self._layout.rest)))
            found.append(builder.bitcast(tail, self._shapes[-1].as_pointer()))
        return found

    def _pieces(self, first: Any, vectors: int) -> list[Any]:
        """Find so many vectors that lie side by side; the last one may be the rest of a row."""
        found = []
        for number, shape in enumerate(self._shapes[:vectors]):
            at = self._builder.gep(first, [self._number(number * self._layout.lanes)])
            found.append(self._builder.bitcast(at, shape.as_pointer()))
        return found

    @property
    def _fetches_none(self) -> bool:
        return isinstance(self._types[9], types.NoneType)

    def _within(self, ahead: Any) -> Any:
        """Return ahead, or 0 where some word of the loop has none so far ahead."""
        if self._fetches_none:
            return ahead
        builder = self._builder
        words = builder.extract_value(self._array(3).shape, 0)
        inside = builder.icmp_signed("<=", builder.add(self._stop, ahead), words)
        return builder.select(inside, ahead, self._number(0))

    def _fetch(self, place: Any, ahead: Any) -> None:
        """Fetch the row of the word that comes so many later."""
        if self._fetches_none:
            return
        for at in self._row(self._builder.add(place, ahead)):
            fetch(self._builder, at)

    def _repeated(self, number: Any, shape: Any) -> Any:
        """Make a vector of one number."""
        empty, lane = ir.Constant(shape, ir.Undefined), ir.IntType(32)
        one = self._builder.insert_element(empty, number, ir.Constant(lane, 0))
        first = ir.Constant(ir.VectorType(lane, shape.count), None)
        return self._builder.shuffle_vector(one, empty, first)

    def _array(self, arg: int) -> Any:
        made = self._context.make_array(self._types[arg])
        return made(self._context, self._builder, self._args[arg])

    def _item_of(self, arg: int, place: Any) -> Any:
        """Find the address of an item of the array that is argument number arg."""
        return self._builder.gep(self._array(arg).data, [place])

    def _align(self, address: Any) -> int:
        lanes: int = address.type.pointee.count
        return lanes * VECTOR_BYTES // self._layout.lanes

    def _number(self, value: int) -> Any:
        return ir.Constant(self._intp, value)

    @contextmanager
    def _loop(self, start: Any, stop: Any, step: int = 1) -> Iterator[Any]:
        with cgutils.for_range_slice(
            self._builder, start, stop, self._number(step), self._intp
        ) as (place, _):
            yield place
