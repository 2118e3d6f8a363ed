/* One training pass by hand, in vectors of 64 bytes (AVX-512; GCC and Clang split them elsewhere).

   HIDDEN and NUMBER (float or double) are known to the compiler. A row is padded to whole cache
   lines; up to four accumulators don't wait for each other; the rows of the next review are fetched
   while those of this one are updated. A batch is summed review by review, then updated likewise. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

typedef NUMBER vector __attribute__((vector_size(64)));

#define LANES ((int)(64 / sizeof(NUMBER)))
#define VECTORS ((HIDDEN + LANES - 1) / LANES)
#define TILES ((VECTORS + 7) / 8) /* eight accumulators fit the registers beside what is added */
#define TILE ((VECTORS + TILES - 1) / TILES)
#define CHAINS (TILE > 4 ? 1 : TILE > 2 ? 2 : 4)
#define EXP(x) (sizeof(NUMBER) == 8 ? (NUMBER)exp(x) : (NUMBER)expf(x))
#define UNROLLED _Pragma("GCC unroll 8")

int width(void) { return TILES * TILE * LANES; }

static vector *row_of(vector *rows, int32_t word, int tile) {
    vector *row = rows + TILES * TILE * (int64_t)word + tile * TILE;
    __asm__("" : "+r"(row)); /* one address a row: GCC would work out one for each vector */
    return row;
}

static void sum(vector *rows, const int32_t *words, const NUMBER *counts, int64_t length, int tile,
                vector *layer_1) {
    vector total[CHAINS][TILE] = {0};
    int64_t i = 0;
    for (; i + CHAINS <= length; i += CHAINS)
        UNROLLED for (int chain = 0; chain < CHAINS; chain++) {
            vector *row = row_of(rows, words[i + chain], tile);
            UNROLLED for (int v = 0; v < TILE; v++)
                total[chain][v] += counts ? row[v] * counts[i + chain] : row[v];
        }
    for (; i < length; i++) {
        vector *row = row_of(rows, words[i], tile);
        UNROLLED for (int v = 0; v < TILE; v++) total[0][v] += counts ? row[v] * counts[i] : row[v];
    }
    UNROLLED for (int v = 0; v < TILE; v++) {
        UNROLLED for (int chain = 1; chain < CHAINS; chain++) total[0][v] += total[chain][v];
        layer_1[tile * TILE + v] = total[0][v];
    }
}

static void fetch(vector *rows, int32_t word, int tile) {
    vector *row = row_of(rows, word, tile);
    UNROLLED for (int v = 0; v < TILE; v++) __builtin_prefetch(row + v, 1, 3);
}

static void update(vector *rows, const int32_t *words, const NUMBER *counts, int64_t length,
                   int64_t next_length, int tile, const vector *step_0_1) {
    vector step[TILE];
    UNROLLED for (int v = 0; v < TILE; v++) step[v] = step_0_1[tile * TILE + v];
    for (int64_t i = 0; i < length; i++) {
        if (i < next_length) fetch(rows, words[length + i], tile);
        vector *row = row_of(rows, words[i], tile);
        UNROLLED for (int v = 0; v < TILE; v++) row[v] -= counts ? step[v] * counts[i] : step[v];
    }
    for (int64_t i = length; i < next_length; i++) fetch(rows, words[length + i], tile);
}

static void pass(vector *rows, vector *w, const int64_t *indptr, const int32_t *words,
                 const NUMBER *counts, const NUMBER *labels, int64_t reviews, int64_t batch,
                 NUMBER rate, NUMBER *outputs) {
    vector layer_1[TILES * TILE], step_0_1[TILES * TILE], step_1_2[TILES * TILE];
    NUMBER *steps = malloc(batch * sizeof(NUMBER));
    for (int64_t first = 0; first < reviews; first += batch) {
        int64_t last = first + batch < reviews ? first + batch : reviews;
        NUMBER share = rate / (last - first);
        for (int v = 0; v < TILES * TILE; v++) step_1_2[v] = (vector){0};
        for (int64_t r = first; r < last; r++) {
            int64_t at = indptr[r];
            for (int tile = 0; tile < TILES; tile++)
                sum(rows, words + at, counts ? counts + at : 0, indptr[r + 1] - at, tile, layer_1);
            vector product = {0};
            for (int v = 0; v < TILES * TILE; v++) product += layer_1[v] * w[v];
            NUMBER z = 0;
            for (int lane = 0; lane < LANES; lane++) z += product[lane];
            NUMBER o = 1 / (1 + EXP(-z));
            outputs[r] = o;
            NUMBER step = steps[r - first] = share * ((o - labels[r]) * o * (1 - o));
            for (int v = 0; v < TILES * TILE; v++) step_1_2[v] += layer_1[v] * step;
        }
        if (rate == 0) continue;
        for (int64_t r = first; r < last; r++) {
            int64_t at = indptr[r], end = indptr[r + 1];
            int64_t next_end = r + 1 < reviews ? indptr[r + 2] : end;
            for (int v = 0; v < TILES * TILE; v++) step_0_1[v] = w[v] * steps[r - first];
            for (int tile = 0; tile < TILES; tile++)
                update(rows, words + at, counts ? counts + at : 0, end - at, next_end - end, tile,
                       step_0_1);
        }
        for (int v = 0; v < TILES * TILE; v++) w[v] -= step_1_2[v];
    }
    free(steps);
}

void train(vector *rows, vector *w, const int64_t *indptr, const int32_t *words,
           const NUMBER *counts, const NUMBER *labels, int64_t reviews, int64_t batch, double rate,
           NUMBER *outputs) {
    /* Twice in machine code: with counts, and without a question about them at every word. */
    if (counts)
        pass(rows, w, indptr, words, counts, labels, reviews, batch, rate, outputs);
    else
        pass(rows, w, indptr, words, 0, labels, reviews, batch, rate, outputs);
}
