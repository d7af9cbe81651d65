/*
 * Calls kernels as people do who know nothing but the emitted headers: packing, strides and added
 * values are as these say. `cargo xtask ci` emits the headers and the assembly of the kernels that are
 * included here, builds this with every warning, and runs it.
 */
#include <stdio.h>

#include "qgen_byte_4x4_lm7to7_rm7to7_t4x4k32u1_cortex_a53.h"
#include "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72.h"
#include "qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1oi8_cortex_a72.h"
#include "qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1_cortex_a72.h"

enum { DEPTH = 96, ROWS = 24, COLUMNS = 8 };

/* What is multiplied, as one would write it down, and what is added to rows and columns. */
static int x[ROWS][DEPTH], y[DEPTH][COLUMNS];
static int32_t row_bias[ROWS], col_bias[COLUMNS];

/* What kernels are given. */
static int8_t lhs[ROWS * DEPTH], rhs[DEPTH * COLUMNS];
static int32_t row_add[ROWS], col_add[COLUMNS];
static int32_t out[ROWS][COLUMNS];

static int any(int lo, int hi)
{
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return lo + (int)((state >> 16) % (uint32_t)(hi - lo + 1));
}

static void choose(int lo, int hi)
{
    for (int p = 0; p < DEPTH; p++) {
        for (int i = 0; i < ROWS; i++)
            x[i][p] = any(lo, hi);
        for (int j = 0; j < COLUMNS; j++)
            y[p][j] = any(lo, hi);
    }
    for (int i = 0; i < ROWS; i++)
        row_add[i] = row_bias[i] = any(-1000, 1000);
    for (int j = 0; j < COLUMNS; j++)
        col_add[j] = col_bias[j] = any(-1000, 1000);
}

/* The number of results that are not those of the definition. */
static int wrong(const char *kernel, int m, int n)
{
    int count = 0;
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            int32_t sum = row_bias[i] + col_bias[j];
            for (int p = 0; p < DEPTH; p++)
                sum += x[i][p] * y[p][j];
            count += out[i][j] != sum;
        }
    printf("%s: %d of %d results are wrong\n", kernel, count, m * n);
    return count;
}

/* The plainest: rows as they are, and panels of 4 columns. */
static int byte_4x4(void)
{
    choose(-7, 7);
    for (int p = 0; p < DEPTH; p++)
        for (int i = 0; i < 4; i++) {
            lhs[i * DEPTH + p] = (int8_t)x[i][p];
            rhs[p / 32 * 128 + i * 32 + p % 32] = (int8_t)y[p][i];
        }
    qgen_byte_4x4_lm7to7_rm7to7_t4x4k32u1_cortex_a53(
        DEPTH / QGEN_BYTE_4X4_LM7TO7_RM7TO7_T4X4K32U1_CORTEX_A53_K_BLOCK,
        lhs, DEPTH, rhs, out[0], sizeof out[0], row_add, col_add);
    return wrong("byte 4x4", QGEN_BYTE_4X4_LM7TO7_RM7TO7_T4X4K32U1_CORTEX_A53_TILE_M,
        QGEN_BYTE_4X4_LM7TO7_RM7TO7_T4X4K32U1_CORTEX_A53_TILE_N);
}

/* The right side is stored negated, and the products of each side alone are to be taken out. */
static int fip_4x4(void)
{
    choose(-8, 7);
    for (int p = 0; p < DEPTH; p++)
        for (int i = 0; i < 4; i++) {
            lhs[i * DEPTH + p] = (int8_t)x[i][p];
            rhs[p / 32 * 128 + i * 32 + p % 32] = (int8_t)-y[p][i];
            if (p % 32 < 16) {
                row_add[i] += x[i][p] * x[i][p + 16];
                col_add[i] += y[p][i] * y[p + 16][i];
            }
        }
    qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72(
        DEPTH / QGEN_FIP_4X4_LM8TO7_RM8TO7NEG_T4X4K32U1_CORTEX_A72_K_BLOCK,
        lhs, DEPTH, rhs, out[0], sizeof out[0], row_add, col_add);
    return wrong("fip 4x4", QGEN_FIP_4X4_LM8TO7_RM8TO7NEG_T4X4K32U1_CORTEX_A72_TILE_M,
        QGEN_FIP_4X4_LM8TO7_RM8TO7NEG_T4X4K32U1_CORTEX_A72_TILE_N);
}

/* Both sides are packed, with the lines next to each other. */
static int widenouter_24x8(void)
{
    choose(0, 15);
    for (int p = 0; p < DEPTH; p++) {
        for (int i = 0; i < 24; i++)
            lhs[p / 2 * 48 + p % 2 * 24 + i] = (int8_t)x[i][p];
        for (int j = 0; j < 8; j++)
            rhs[p / 2 * 16 + p % 2 * 8 + j] = (int8_t)y[p][j];
    }
    qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1_cortex_a72(
        DEPTH / QGEN_WIDENOUTER_24X8_L0TO15_R0TO15_T24X8K2U1_CORTEX_A72_K_BLOCK,
        lhs, sizeof lhs, rhs, out[0], sizeof out[0], row_add, col_add);
    return wrong("widenouter 24x8", QGEN_WIDENOUTER_24X8_L0TO15_R0TO15_T24X8K2U1_CORTEX_A72_TILE_M,
        QGEN_WIDENOUTER_24X8_L0TO15_R0TO15_T24X8K2U1_CORTEX_A72_TILE_N);
}

/* The sum times multiplier * 2^(shift - 31), as the header has it; shifts of negative numbers are divisions here. */
static int requantised(int64_t sum, int64_t multiplier, int left, int right)
{
    int64_t b = (sum << left) * multiplier + (1 << 30), unit = (int64_t)1 << -right;
    b = (b - (b % ((int64_t)1 << 31) + ((int64_t)1 << 31)) % ((int64_t)1 << 31)) / ((int64_t)1 << 31);
    return (int)((b < 0 ? b - unit / 2 : b + unit / 2) / unit);
}

/* Sums become bytes before they are stored: parameters in the place of added values. */
static int pair8_4x4_to_bytes(void)
{
    typedef qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1oi8_cortex_a72_params params;
    static params columns;
    static int8_t bytes[4][4];
    int count = 0;
    choose(-128, 127);
    for (int p = 0; p < DEPTH; p++)
        for (int i = 0; i < 4; i++) {
            lhs[i * DEPTH + p] = (int8_t)x[i][p];
            rhs[p / 16 * 64 + i * 16 + p % 16] = (int8_t)y[p][i];
        }
    for (int n = 0; n < 16; n++) {
        columns.zero_point[n / 2] = -3;
        columns.lo[n] = -100;
        columns.hi[n] = 90;
    }
    for (int j = 0; j < 4; j++) {
        columns.columns[0].add[j] = col_bias[j];
        columns.columns[0].multiplier[j] = 0x40000000 + 12345 * j;
        columns.columns[0].left_shift[j] = 0;
        columns.columns[0].right_shift[j] = -9 - j;
    }
    qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1oi8_cortex_a72(
        DEPTH / QGEN_PAIR8_4X4_LM128TO127_RM128TO127_T4X4K16U1OI8_CORTEX_A72_K_BLOCK,
        lhs, DEPTH, rhs, bytes[0], sizeof bytes[0], row_add, &columns);
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) {
            int32_t sum = row_bias[i] + col_bias[j];
            for (int p = 0; p < DEPTH; p++)
                sum += x[i][p] * y[p][j];
            int wanted = requantised(sum, columns.columns[0].multiplier[j], 0, -9 - j) - 3;
            wanted = wanted < -100 ? -100 : wanted > 90 ? 90 : wanted;
            count += bytes[i][j] != wanted;
        }
    printf("pair8 4x4 to bytes: %d of 16 results are wrong\n", count);
    return count;
}

int main(void)
{
    return byte_4x4() + fip_4x4() + pair8_4x4_to_bytes() + widenouter_24x8() != 0;
}
