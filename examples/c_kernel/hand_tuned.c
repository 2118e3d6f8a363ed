/* One training pass by hand: hidden 10, float64, presence, one review at a time.

   Rows are padded to 16 doubles, two cache lines. AVX-512: four accumulators of two registers, and
   the rows of the next review are fetched while those of this one are updated. */
#include <math.h>
#include <stdint.h>

#ifdef __AVX512F__
#include <immintrin.h>

const char *variant(void) { return "AVX-512"; }

void train(double *rows, double *w, const int64_t *indptr, const int32_t *words,
           const double *labels, int64_t reviews, double rate, double *outputs) {
    __m512d w0 = _mm512_loadu_pd(w), w1 = _mm512_loadu_pd(w + 8);
    for (int64_t r = 0; r < reviews; r++) {
        const int32_t *at = words + indptr[r], *end = words + indptr[r + 1];
        const int32_t *next_end = r + 1 < reviews ? words + indptr[r + 2] : end;
        __m512d a0 = _mm512_setzero_pd(), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0,
                d1 = a0;
        const int32_t *i = at;
        for (; i + 4 <= end; i += 4) {
            const double *p = rows + 16 * (int64_t)i[0], *q = rows + 16 * (int64_t)i[1];
            const double *s = rows + 16 * (int64_t)i[2], *t = rows + 16 * (int64_t)i[3];
            a0 = _mm512_add_pd(a0, _mm512_load_pd(p)), a1 = _mm512_add_pd(a1, _mm512_load_pd(p + 8));
            b0 = _mm512_add_pd(b0, _mm512_load_pd(q)), b1 = _mm512_add_pd(b1, _mm512_load_pd(q + 8));
            c0 = _mm512_add_pd(c0, _mm512_load_pd(s)), c1 = _mm512_add_pd(c1, _mm512_load_pd(s + 8));
            d0 = _mm512_add_pd(d0, _mm512_load_pd(t)), d1 = _mm512_add_pd(d1, _mm512_load_pd(t + 8));
        }
        for (; i < end; i++) {
            const double *p = rows + 16 * (int64_t)i[0];
            a0 = _mm512_add_pd(a0, _mm512_load_pd(p)), a1 = _mm512_add_pd(a1, _mm512_load_pd(p + 8));
        }
        __m512d h0 = _mm512_add_pd(_mm512_add_pd(a0, b0), _mm512_add_pd(c0, d0));
        __m512d h1 = _mm512_add_pd(_mm512_add_pd(a1, b1), _mm512_add_pd(c1, d1));
        double z = _mm512_reduce_add_pd(_mm512_fmadd_pd(h0, w0, _mm512_mul_pd(h1, w1)));
        double o = 1 / (1 + exp(-z));
        outputs[r] = o;
        __m512d step = _mm512_set1_pd(rate * (o - labels[r]) * o * (1 - o));
        __m512d s0 = _mm512_mul_pd(step, w0), s1 = _mm512_mul_pd(step, w1);
        w0 = _mm512_fnmadd_pd(step, h0, w0), w1 = _mm512_fnmadd_pd(step, h1, w1);
        const int32_t *n = end;
        for (i = at; i < end; i++, n++) {
            if (n < next_end) {
                __builtin_prefetch(rows + 16 * (int64_t)*n, 1, 3);
                __builtin_prefetch(rows + 16 * (int64_t)*n + 8, 1, 3);
            }
            double *p = rows + 16 * (int64_t)*i;
            _mm512_store_pd(p, _mm512_sub_pd(_mm512_load_pd(p), s0));
            _mm512_store_pd(p + 8, _mm512_sub_pd(_mm512_load_pd(p + 8), s1));
        }
        for (; n < next_end; n++) {
            __builtin_prefetch(rows + 16 * (int64_t)*n, 1, 3);
            __builtin_prefetch(rows + 16 * (int64_t)*n + 8, 1, 3);
        }
    }
    _mm512_storeu_pd(w, w0), _mm512_storeu_pd(w + 8, w1);
}
#else

const char *variant(void) { return "plain C"; }

void train(double *rows, double *w, const int64_t *indptr, const int32_t *words,
           const double *labels, int64_t reviews, double rate, double *outputs) {
    for (int64_t r = 0; r < reviews; r++) {
        double h[16] = {0}, step[16], z = 0;
        for (int64_t i = indptr[r]; i < indptr[r + 1]; i++)
            for (int k = 0; k < 16; k++) h[k] += rows[16 * (int64_t)words[i] + k];
        for (int k = 0; k < 16; k++) z += h[k] * w[k];
        double o = 1 / (1 + exp(-z)), delta = rate * (o - labels[r]) * o * (1 - o);
        outputs[r] = o;
        for (int k = 0; k < 16; k++) step[k] = delta * w[k], w[k] -= delta * h[k];
        for (int64_t i = indptr[r]; i < indptr[r + 1]; i++)
            for (int k = 0; k < 16; k++) rows[16 * (int64_t)words[i] + k] -= step[k];
    }
}
#endif
