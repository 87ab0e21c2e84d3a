/*
 * What they cost. Made by cmake/make_prices.py from the published prices of
 * https://github.com/pydantic/genai-prices as read on 2026-11-26; do not edit. The facts are theirs:
 *
 * The MIT License (MIT)
 *
 * Copyright (c) Pydantic Services Inc. 2025 to present
 *
 * Permission is hereby granted, free of charge, to any person obtaining a copy
 * of this software and associated documentation files (the "Software"), to deal
 * in the Software without restriction, including without limitation the rights
 * to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
 * copies of the Software, and to permit persons to whom the Software is
 * furnished to do so, subject to the following conditions:
 *
 * The above copyright notice and this permission notice shall be included in all
 * copies or substantial portions of the Software.
 *
 * THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
 * IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
 * FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
 * AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
 * LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
 * OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
 * SOFTWARE.
 */
/* clang-format off */
#include "model/prices.h"

const double llmc__prices_values[] = {
    8.0, 24.0, 0.8, 0.08, 1.0, 4.0, 3.0, 0.3, 3.75, 15.0, 0.25, 0.03, 1.25, 1.5, 18.75, 75.0, 10.0, 12.5, 50.0, 0.1,
    5.0, 0.5, 6.25, 25.0, 37.5, 6.0, 0.6, 7.5, 22.5, 2.0, 0.2, 2.5, 0.45, 0.33, 2.75, 12.0, 0.06, 0.015, 0.24,
    0.035, 0.00875, 0.14, 0.625, 3.2, 3.4, 13.6, 0.15, 1.35, 5.4, 0.075, 0.09, 0.29, 0.23, 0.38, 0.04, 0.72, 0.22,
    0.16, 2.65, 3.5, 0.97, 0.17, 0.66, 0.4, 0.7, 0.65, 0.275, 16.5, 5.5, 0.55, 33.0, 0.07, 1.8, 0.53, 2.66, 0.0825,
    11.0, 1.1, 13.75, 55.0, 0.11, 1.375, 6.875, 27.5, 3.3, 4.125, 2.2, 60.0, 4.4, 0.28, 0.35, 0.05, 0.13, 0.02,
    0.48, 0.75, 0.85, 1.2, 0.0375, 0.12, 0.135, 0.27, 2.19, 0.95, 0.2288, 0.3432, 0.41, 0.0028, 0.435, 0.003625,
    0.87, 3.6, 1.74, 3.48, 1.4, 0.9, 0.56, 1.68, 0.028, 0.145, 0.26, 0.19, 0.88, 2.4, 1.6, 0.125, 0.375, 0.01875,
    0.025, 0.175, 30.0, 0.01, 120.0, 18.0, 9.0, 0.3125, 0.36, 0.99, 0.59, 0.79, 0.18, 0.89, 0.34, 2.25, 0.58, 1.3,
    0.98, 3.95, 1.48, 0.62, 0.42, 1.12, 0.269, 0.51, 0.74, 0.57, 2.3, 0.138, 1.66, 1.01, 0.47, 0.82, 2.92, 7.0, 4.5,
    0.18000000000000002, 0.68, 1.7, 2.8, 0.351, 0.555, 1.15, 0.39, 0.059, 0.054, 20.0, 150.0, 40.0, 80.0, 0.005,
    1.75, 14.0, 21.0, 168.0, 180.0, 270.0, 45.0, 3.125, 32.0, 64.0, 0.039, 0.029, 0.037, 16.0, 600.0, 2.6, 6.5625,
    9.375, 0.045, 2.18, 0.21, 2.15, 0.0983, 0.0197, 0.1966, 0.1833, 0.2333, 0.1583, 0.0583, 0.3833,
    0.08333333333333334, 0.383, 0.31, 1.625, 0.065, 0.017, 0.112, 0.002, 1.125, 0.049, 1.65, 0.255, 1.08, 8.1,
    0.019, 1.9, 3.41, 3.375, 0.09375, 0.5625, 0.64, 6.4, 0.63, 0.78, 0.325, 0.04815, 0.19305, 0.195, 0.24375, 0.975,
    0.8125, 3.25, 3.9, 0.0975, 0.52, 1.56, 0.104, 0.416, 0.117, 1.365, 2.08, 2.34, 0.289, 0.1875, 0.234375, 1.04,
    6.24, 0.40625, 1.95, 1.5625, 0.063, 0.021, 0.0036, 0.43, 1.92, 0.182, 3.08, 0.225, 0.776, 0.54, 0.069, 0.034,
    1.379, 0.69, 0.014, 0.007, 0.345, 0.022, 0.276, 0.055, 1.103, 0.414, 0.552, 2.483, 0.166, 3.034, 0.828, 0.179,
    3.31, 3.862,
};

const uint16_t llmc__prices_prices[] = {
    9, 0, 1, 15, 2, 3, 4, 5, 15, 6, 7, 8, 9, 15, 10, 11, 7, 12, 15, 9, 13, 14, 15, 15, 16, 4, 17, 18, 15, 4, 19, 12,
    20, 15, 20, 21, 22, 23, 20, 1, 3, 3392, 16, 21, 1, 3, 3392, 4, 22, 1, 3, 3392, 17, 23, 1, 3, 3392, 24, 527,
    32806, 32811, 32816, 32821, 1039, 20525, 20, 21, 22, 23, 6, 1, 3, 3392, 25, 7, 1, 3, 3392, 26, 8, 1, 3, 3392,
    27, 9, 1, 3, 3392, 28, 15, 32837, 32842, 32847, 32852, 527, 32837, 32842, 32847, 32852, 1039, 20525, 6, 7, 8, 9,
    527, 29, 30, 31, 16, 1039, 20697, 6, 7, 8, 9, 9, 13, 13, 9, 32, 32, 9, 19, 19, 169, 33, 34, 6, 35, 11, 36, 37,
    38, 11, 39, 40, 41, 11, 31, 42, 17, 11, 2, 30, 43, 169, 36, 38, 44, 45, 1, 19, 9, 30, 26, 9, 46, 30, 9, 47, 48,
    11, 7, 49, 31, 9, 50, 51, 9, 52, 53, 9, 54, 3, 9, 55, 55, 9, 56, 56, 9, 57, 57, 9, 46, 46, 9, 58, 59, 9, 7, 26,
    9, 38, 60, 9, 61, 62, 9, 63, 29, 9, 21, 13, 9, 30, 30, 9, 5, 35, 9, 4, 6, 9, 32, 64, 9, 29, 25, 9, 54, 54, 9,
    19, 7, 9, 36, 38, 9, 36, 52, 9, 46, 65, 11, 34, 66, 67, 11, 68, 69, 70, 9, 46, 26, 9, 71, 7, 9, 32, 72, 9, 73,
    74, 11, 33, 75, 34, 9, 10, 12, 9, 9, 15, 15, 76, 77, 78, 79, 15, 77, 80, 81, 68, 15, 68, 69, 82, 83, 15, 84, 33,
    85, 67, 527, 86, 56, 34, 76, 1039, 20697, 84, 33, 85, 67, 1, 63, 1, 29, 11, 9, 27, 87, 11, 77, 69, 88, 11, 29,
    21, 0, 11, 77, 89, 88, 9, 4, 4, 9, 71, 41, 11, 3, 3, 90, 9, 91, 19, 9, 71, 90, 1, 92, 1, 93, 9, 94, 94, 9, 90,
    95, 9, 96, 97, 9, 63, 2, 9, 4, 29, 9, 31, 16, 9, 98, 46, 1, 99, 523, 100, 39, 69, 2059, 0, 1800, 0, 59400, 101,
    71, 77, 523, 100, 39, 69, 2059, 0, 1800, 0, 59400, 69, 41, 102, 11, 101, 92, 103, 9, 104, 105, 9, 101, 106, 11,
    41, 107, 89, 11, 108, 109, 110, 9, 91, 26, 1, 54, 9, 26, 97, 9, 57, 2, 9, 10, 29, 9, 26, 111, 9, 3, 64, 9, 41,
    89, 9, 112, 113, 9, 41, 63, 9, 103, 5, 9, 7, 95, 9, 54, 7, 9, 114, 88, 9, 6, 0, 9, 115, 115, 11, 116, 89, 117,
    11, 41, 118, 89, 11, 112, 119, 113, 9, 26, 86, 11, 114, 120, 88, 11, 114, 41, 88, 11, 46, 71, 26, 11, 71, 54, 7,
    11, 26, 19, 6, 11, 103, 57, 5, 11, 103, 121, 5, 9, 56, 122, 9, 7, 97, 11, 7, 36, 97, 11, 26, 99, 123, 11, 21,
    19, 6, 11, 63, 3, 124, 15, 32806, 32811, 32816, 32821, 9, 125, 126, 49, 1, 1, 62464, 46, 127, 1, 1, 62464, 98,
    7, 1, 1, 62464, 26, 11, 33289, 33294, 33299, 12, 1, 1, 62464, 31, 20, 1, 1, 62464, 16, 9, 33308, 33313, 107, 19,
    128, 63, 64, 129, 9, 49, 7, 107, 7, 11, 31, 4, 19, 9, 7, 130, 107, 19, 131, 63, 7, 11, 12, 1, 3, 3392, 31, 125,
    1, 3, 3392, 10, 16, 1, 3, 3392, 9, 11, 33345, 33350, 33355, 107, 21, 91, 6, 4, 19, 9, 29, 132, 29, 1, 3, 3392,
    5, 30, 1, 3, 3392, 63, 35, 1, 3, 3392, 133, 11, 33373, 33378, 33383, 9, 21, 87, 107, 10, 128, 13, 21, 91, 11,
    13, 46, 134, 11, 7, 11, 31, 11, 13, 46, 27, 1, 46, 98, 1, 1, 62464, 49, 131, 1, 1, 62464, 93, 46, 1, 1, 62464,
    7, 11, 33415, 33420, 33425, 169, 21, 29, 6, 35, 135, 1, 1, 62464, 42, 11, 33308, 33439, 33313, 9, 65, 65, 9, 36,
    33, 11, 99, 50, 136, 9, 95, 137, 9, 71, 71, 9, 138, 139, 9, 91, 3, 9, 140, 140, 9, 36, 36, 9, 138, 137, 9, 64,
    2, 9, 141, 141, 9, 121, 121, 9, 80, 142, 9, 139, 139, 9, 38, 38, 11, 4, 21, 6, 11, 46, 49, 26, 11, 49, 98, 7, 9,
    51, 138, 9, 91, 30, 9, 46, 95, 9, 19, 21, 9, 26, 26, 9, 29, 29, 9, 7, 7, 9, 6, 6, 9, 12, 12, 9, 63, 63, 9, 92,
    63, 9, 30, 77, 9, 11, 50, 9, 10, 95, 9, 30, 2, 9, 63, 72, 9, 2, 123, 9, 95, 143, 9, 93, 36, 9, 21, 123, 9, 26,
    31, 9, 26, 72, 9, 71, 30, 9, 30, 97, 9, 69, 86, 9, 41, 41, 9, 53, 63, 9, 50, 144, 9, 7, 6, 9, 50, 32, 9, 19, 32,
    9, 7, 145, 9, 30, 13, 9, 46, 13, 9, 7, 13, 9, 146, 147, 9, 30, 64, 9, 30, 4, 9, 3, 21, 9, 63, 43, 9, 7, 123, 9,
    148, 148, 9, 91, 91, 9, 149, 149, 9, 71, 89, 9, 89, 77, 9, 41, 116, 9, 150, 12, 9, 64, 31, 9, 2, 2, 9, 63, 145,
    9, 101, 151, 9, 101, 4, 9, 152, 63, 9, 93, 91, 9, 100, 63, 9, 101, 96, 9, 140, 138, 9, 153, 154, 9, 155, 156, 9,
    26, 6, 9, 91, 10, 9, 54, 46, 9, 39, 157, 9, 69, 158, 9, 92, 96, 9, 7, 115, 9, 71, 63, 9, 4, 43, 9, 140, 30, 9,
    36, 30, 9, 131, 11, 9, 3, 10, 9, 71, 140, 9, 95, 95, 9, 19, 63, 9, 159, 159, 9, 50, 10, 9, 71, 120, 9, 80, 80,
    9, 154, 154, 9, 50, 160, 9, 91, 140, 9, 30, 63, 9, 10, 21, 9, 19, 30, 9, 161, 162, 9, 20, 163, 9, 64, 114, 9, 6,
    164, 9, 56, 138, 9, 21, 97, 9, 165, 166, 9, 19, 46, 9, 6, 163, 9, 26, 167, 9, 93, 54, 9, 122, 122, 9, 21, 168,
    9, 32, 29, 15, 7, 11, 126, 97, 15, 26, 11, 126, 123, 15, 7, 36, 126, 97, 15, 26, 36, 126, 123, 9, 63, 86, 7, 1,
    7, 53248, 26, 36, 1, 7, 53248, 99, 97, 1, 7, 53248, 123, 11, 33832, 33837, 33842, 11, 7, 11, 115, 11, 63, 54,
    29, 9, 36, 99, 9, 29, 20, 11, 30, 93, 30, 11, 19, 131, 19, 9, 19, 4, 9, 10, 10, 11, 21, 91, 13, 11, 46, 37, 26,
    9, 169, 170, 9, 49, 30, 9, 64, 64, 11, 19, 131, 7, 11, 26, 46, 31, 11, 171, 46, 0, 11, 6, 7, 9, 9, 30, 29, 9, 5,
    5, 9, 3, 3, 9, 50, 50, 9, 21, 21, 9, 142, 172, 9, 93, 93, 9, 11, 91, 9, 172, 172, 9, 173, 173, 9, 61, 61, 9,
    174, 174, 9, 20, 9, 11, 13, 126, 25, 9, 6, 35, 9, 175, 175, 9, 6, 25, 9, 8, 9, 9, 13, 29, 9, 6, 5, 9, 130, 87,
    9, 87, 132, 9, 16, 130, 11, 63, 19, 124, 11, 19, 128, 63, 11, 15, 24, 176, 11, 31, 12, 16, 41, 31, 16, 31, 41,
    46, 26, 46, 235, 26, 7, 123, 16, 7, 175, 41, 12, 20, 6, 137, 26, 35, 35, 235, 20, 31, 175, 177, 31, 178, 41, 31,
    16, 25, 9, 25, 133, 11, 12, 125, 16, 11, 16, 12, 16, 11, 31, 10, 29, 11, 10, 128, 29, 11, 91, 179, 63, 9, 9,
    132, 11, 180, 129, 181, 9, 182, 183, 31, 1, 4, 9856, 20, 10, 1, 4, 9856, 21, 9, 1, 4, 9856, 28, 11, 34065,
    34070, 34075, 11, 0, 29, 9, 11, 95, 49, 164, 11, 30, 93, 12, 130, 1, 4, 9856, 87, 184, 1, 4, 9856, 185, 9,
    34096, 34101, 11, 20, 21, 130, 9, 130, 184, 4, 1, 4, 9856, 29, 19, 1, 4, 9856, 30, 12, 1, 4, 9856, 31, 25, 1, 4,
    9856, 134, 15, 34116, 34121, 34126, 34131, 20, 1, 4, 9856, 16, 21, 1, 4, 9856, 4, 22, 1, 4, 9856, 17, 130, 1, 4,
    9856, 186, 15, 34141, 34146, 34151, 34156, 187, 1, 4, 9856, 22, 15, 34065, 34070, 34166, 34075, 169, 31, 16,
    188, 189, 169, 26, 123, 16, 175, 3, 29, 30, 11, 20, 12, 16, 3, 20, 12, 9, 190, 140, 9, 191, 41, 11, 49, 192, 7,
    235, 5, 63, 193, 188, 63, 189, 235, 5, 63, 1, 188, 63, 189, 235, 26, 36, 123, 16, 7, 175, 9, 176, 194, 523, 16,
    21, 177, 1035, 20249, 29, 21, 0, 11, 16, 31, 177, 9, 175, 178, 11, 77, 66, 88, 9, 2, 97, 9, 29, 0, 9, 21, 64, 9,
    5, 0, 11, 2, 30, 124, 9, 195, 44, 9, 46, 21, 9, 196, 197, 9, 13, 143, 9, 7, 31, 9, 39, 41, 9, 2, 43, 9, 6, 9, 9,
    2, 5, 15, 130, 6, 24, 176, 9, 2, 4, 9, 21, 2, 11, 56, 36, 96, 9, 198, 46, 9, 95, 97, 9, 32, 95, 11, 19, 19, 30,
    9, 69, 96, 9, 21, 199, 9, 53, 141, 9, 7, 122, 11, 200, 92, 139, 9, 32, 201, 9, 21, 201, 9, 99, 140, 9, 52, 115,
    11, 202, 203, 204, 9, 5, 25, 9, 115, 97, 15, 19, 128, 205, 63, 15, 46, 98, 206, 26, 15, 46, 98, 206, 59, 15, 49,
    127, 207, 7, 15, 98, 131, 208, 46, 9, 12, 20, 11, 97, 38, 5, 9, 16, 17, 15, 7, 49, 209, 31, 15, 7, 11, 210, 31,
    15, 19, 131, 210, 63, 15, 7, 49, 211, 31, 9, 46, 59, 15, 12, 212, 213, 16, 9, 12, 16, 15, 21, 91, 210, 6, 15,
    29, 30, 126, 35, 9, 21, 6, 15, 10, 128, 210, 13, 15, 13, 46, 210, 134, 9, 29, 16, 11, 6, 95, 9, 11, 7, 49, 21,
    9, 214, 214, 9, 128, 54, 9, 215, 216, 11, 91, 91, 19, 11, 10, 128, 95, 11, 49, 37, 42, 11, 131, 217, 11, 9, 2,
    115, 9, 131, 131, 9, 11, 99, 9, 30, 12, 9, 31, 6, 9, 99, 7, 9, 97, 97, 9, 115, 84, 9, 218, 218, 9, 10, 4, 9, 7,
    63, 9, 11, 36, 9, 19, 89, 9, 93, 11, 9, 219, 219, 9, 179, 131, 9, 131, 93, 9, 91, 38, 9, 3, 7, 9, 7, 220, 11,
    221, 11, 4, 11, 7, 11, 97, 11, 51, 11, 103, 11, 46, 91, 115, 11, 101, 174, 222, 9, 118, 174, 9, 80, 121, 9, 34,
    223, 11, 46, 37, 46, 9, 191, 173, 9, 13, 27, 9, 131, 224, 9, 91, 50, 9, 91, 46, 9, 3, 38, 11, 63, 50, 225, 11,
    166, 142, 226, 11, 95, 57, 59, 9, 115, 225, 9, 227, 164, 9, 228, 95, 9, 95, 13, 9, 12, 29, 11, 21, 46, 31, 9,
    54, 57, 9, 15, 176, 11, 91, 131, 63, 11, 12, 92, 16, 11, 31, 10, 9, 9, 26, 123, 9, 77, 88, 9, 4, 20, 9, 229,
    218, 11, 124, 230, 231, 11, 91, 93, 30, 9, 200, 232, 9, 99, 172, 9, 54, 19, 9, 36, 46, 9, 124, 231, 11, 63, 57,
    97, 9, 120, 233, 13, 120, 234, 233, 9, 92, 26, 9, 50, 19, 11, 19, 19, 19, 9, 3, 51, 9, 235, 236, 11, 3, 3, 63,
    9, 56, 72, 9, 71, 101, 15, 237, 190, 238, 239, 11, 80, 71, 2, 15, 65, 92, 240, 241, 9, 97, 25, 9, 233, 242, 9,
    50, 77, 9, 243, 233, 11, 30, 80, 122, 9, 120, 195, 9, 92, 244, 9, 92, 245, 9, 246, 247, 9, 248, 249, 9, 120,
    250, 9, 237, 245, 11, 41, 91, 4, 9, 172, 251, 9, 214, 120, 9, 63, 123, 13, 7, 126, 72, 9, 252, 123, 9, 41, 4,
    13, 253, 254, 218, 13, 255, 145, 256, 13, 234, 257, 258, 15, 12, 10, 259, 8, 15, 63, 3, 21, 124, 9, 164, 164, 9,
    96, 12, 9, 64, 103, 11, 50, 93, 7, 11, 30, 54, 171, 9, 96, 44, 9, 41, 155, 11, 260, 261, 200, 11, 7, 46, 21, 9,
    26, 25, 9, 7, 21, 30, 1, 1, 62464, 63, 21, 1, 1, 62464, 4, 11, 34849, 91, 34854, 11, 12, 30, 31, 11, 29, 30, 25,
    11, 4, 30, 29, 11, 30, 93, 13, 11, 108, 262, 110, 9, 8, 8, 11, 26, 80, 86, 11, 125, 36, 96, 11, 26, 80, 72, 11,
    263, 3, 112, 11, 7, 91, 115, 11, 63, 3, 180, 11, 36, 131, 63, 11, 26, 99, 264, 11, 146, 265, 266, 9, 19, 212, 1,
    131, 265, 4, 4, 35, 265, 6, 9, 181, 265, 4, 20, 35, 265, 29, 0, 181, 9, 267, 267, 9, 268, 268, 9, 269, 269, 9,
    59, 59, 9, 123, 123, 1, 36, 1, 140, 11, 20, 12, 23, 11, 26, 46, 5, 11, 30, 91, 21, 11, 29, 21, 25, 11, 270, 271,
    270, 9, 272, 272, 9, 273, 273, 11, 274, 275, 274, 11, 157, 270, 157, 11, 273, 276, 273, 11, 80, 277, 278, 11,
    278, 279, 280, 11, 270, 274, 281, 11, 282, 157, 283, 11, 273, 284, 285, 11, 286, 287, 288, 11, 280, 278, 289,
};

#pragma GCC diagnostic ignored "-Woverlength-strings"
const char llmc__prices_text[] =
    "(https\?://)\?([^.]*\\.)\?(\?:openai\\.azure\\.com|azure-api\\.net|cognitiveservices\\.azure\\.com)01-ai/yi-la"
    "rge^gemini-3\\.5-flash-\\d^google/gemini-3\\.5-flash-\\d{8}$^grok-4\\.3-\\d{8}$^grok-4\\.5-\\d{8}$^x-ai/grok"
    "-4\\.3-\\d{8}$^x-ai/grok-4\\.5-\\d{8}$accounts/fireworks/models/deepseek-r1-0528-qwen3-8baccounts/firewo"
    "rks/models/deepseek-v3-0324accounts/fireworks/models/deepseek-v3p2accounts/fireworks/models/deepseek"
    "-v4-flashaccounts/fireworks/models/deepseek-v4-proaccounts/fireworks/models/gemma-3-27b-itaccounts/f"
    "ireworks/models/glm-4p7accounts/fireworks/models/glm-5p1accounts/fireworks/models/glm-5p2accounts/fi"
    "reworks/models/gpt-oss-120baccounts/fireworks/models/gpt-oss-20baccounts/fireworks/models/kimi-k2p5a"
    "ccounts/fireworks/models/kimi-k2p6accounts/fireworks/models/kimi-k2p7-codellama/codellama-13b-instru"
    "ct-hfaccounts/fireworks/models/llama-v3p1-8b-instructaccounts/fireworks/models/llama4-maverick-instr"
    "uct-basicaccounts/fireworks/models/minimax-m2p1accounts/fireworks/models/minimax-m2p7accounts/firewo"
    "rks/models/minimax-m3accounts/fireworks/models/nemotron-3-ultra-nvfp4accounts/fireworks/models/qwen2"
    "p5-vl-72b-instructaccounts/fireworks/models/qwen3-235b-a22baccounts/fireworks/models/qwen3p6-plusacc"
    "ounts/fireworks/models/qwen3p7-plusaetherwiing/mn-starcannon-12bai21/jamba-1-5-largeai21/jamba-1-5-m"
    "inimax-m1:extendedai21/jamba-1.6-largeai21/jamba-1.6-minimax/minimax-01ai21/jamba-instructai21/jamba"
    "-large-1.7aion-labs/aion-1.0-minimax/minimax-m1aion-labs/aion-2.0aion-labs/aion-rp-llama-3.1-8b-inst"
    "antaisingapore/gemma-sea-lion-v4-27b-it-fastaisingapore/qwen-sea-lion-v4-32b-it-fastalfredpros/codel"
    "lama-7b-instruct-solidityall-hands/openhands-lm-32b-v0.1allenai/olmo-3-32b-thinkallenai/olmo-3-7b-in"
    "struct-fastallenai/olmo-3.1-32b-instruct-fastallenai/olmo-7b-instructallenai/olmo-7b-twin-2talpindal"
    "e/goliath-120balpindale/magnum-72balpindale/wizardlm-2-8x22b-fastamazon.nova-2-sonicamazon.nova-lite"
    "amazon.nova-microsoft/phi-2amazon.nova-premieramazon.nova-proamazon.nova-sonicamazon.titan-embed-tex"
    "t-ada-001amazon/nova-2-lite-v1amazon/nova-lite-v1amazon/nova-micro-v1amazon/nova-premier-v1amazon/no"
    "va-pro-v1anthracite-org/magnum-v2-72banthracite-org/magnum-v4-72banthropic/claude-2.0:betaanthropic/"
    "claude-2.1:betaanthropic/claude-2:betaanthropic/claude-3-haiku:betaanthropic/claude-3-opus:betaanthr"
    "opic/claude-3-sonnet:betaanthropic/claude-3.5-haiku-20241022:betaanthropic/claude-3.5-haiku:betaanth"
    "ropic/claude-3.5-sonnet-20240620:betaanthropic/claude-3.5-sonnet:betaanthropic/claude-3.7-sonnet:bet"
    "aanthropic/claude-3.7-sonnet:thinkinganthropic/claude-4.5-haiku-20251001:betaanthropic/claude-4.5-op"
    "us-20251124:betaanthropic/claude-4.5-sonnet-20250929:betaanthropic/claude-4.6-opus-20260205:betaanth"
    "ropic/claude-4.6-sonnet-20260217:betaanthropic/claude-fable-5:betaanthropic/claude-haiku-4.5-2025100"
    "1:betaanthropic/claude-haiku-4.5:betaanthropic/claude-opus-4.1anthropic/claude-opus-4.5-20251124:bet"
    "aanthropic/claude-opus-4.5:betaanthropic/claude-opus-4.6-20260205:betaanthropic/claude-opus-4.6-fast"
    "anthropic/claude-opus-4.6:betaanthropic/claude-opus-4.7-fastanthropic/claude-opus-4.7:betaanthropic/"
    "claude-opus-4.8-fastanthropic/claude-opus-4.8:betaanthropic/claude-opus-5-fastanthropic/claude-opus-"
    "5:betaanthropic/claude-sonnet-4.5-20250929:betaanthropic/claude-sonnet-4.5:betaanthropic/claude-sonn"
    "et-4.6-20260217:betaanthropic/claude-sonnet-4.6:betaanthropic/claude-sonnet-5:betaapac.anthropic.cla"
    "ude-haiku-4-5-20251001apac.anthropic.claude-opus-4-1-20250805apac.anthropic.claude-opus-4-20250514ap"
    "ac.anthropic.claude-opus-4-5apac.anthropic.claude-opus-4-6apac.anthropic.claude-opus-4-7apac.anthrop"
    "ic.claude-sonnet-4-20250514apac.anthropic.claude-sonnet-4-5-20250929apac.anthropic.claude-sonnet-4-6"
    "apac.anthropic.claude-sonnet-5.0arcee-ai/coder-largearcee-ai/trinity-large-thinkingarcee-ai/trinity-"
    "minimax/minimax-m2-her-20260123arcee-ai/virtuoso-largearcee-blitzau.anthropic.claude-fable-5au.anthr"
    "opic.claude-haiku-4-5-20251001au.anthropic.claude-opus-4-1-20250805au.anthropic.claude-opus-4-202505"
    "14au.anthropic.claude-opus-4-5au.anthropic.claude-opus-4-6au.anthropic.claude-opus-4-7au.anthropic.c"
    "laude-opus-4-8au.anthropic.claude-opus-5.0au.anthropic.claude-sonnet-4-20250514au.anthropic.claude-s"
    "onnet-4-5-20250929au.anthropic.claude-sonnet-4-6au.anthropic.claude-sonnet-5austism/chronos-hermes-1"
    "3bbabbage-002baidu/ernie-4.5-21b-a3b-pt-fastbaidu/ernie-4.5-300b-a47b-base-pt-fastbaidu/ernie-4.5-vl"
    "-28b-a3b-pt-fastbaidu/ernie-4.5-vl-424b-a47b-base-pt-fastbge-base-en-v1.5bge-m3bge-multilingual-gemm"
    "a2-9b-itbytedance-seed/seed-1.6-flashbytedance-seed/seed-2.0-litebytedance-seed/seed-2.0-minimax/min"
    "imax-m2.1-highspeedbytedance/ui-tars-1.5-7bcaller-largecerebras/gpt-oss-120bcerebras/llama-3.3-70b-s"
    "pecdeccerebras/llama3.1-8bcerebras/qwen-3-32bcerebras:gpt-oss-120bcerebras:llama-3.3-70b-versatilece"
    "rebras:llama3.1-8bcerebras:qwen-3-32bclaude-3-5-haiku-20241022claude-3-5-sonnet-20240620claude-3-5-s"
    "onnet-20241022claude-3-7-sonnet-20250219claude-3-haiku-20240307claude-3-opus-20240229claude-3-sonnet"
    "-20240229claude-4-5-haikuclaude-4-5-opusclaude-4-6-opusclaude-4-7-opusclaude-4-8-opusclaude-4-opuscl"
    "aude-4-sonnetclaude-4.7-opusclaude-4.8-opusclaude-5-opusclaude-5-sonnetclaude-5.0-opusclaude-5.0-son"
    "netclaude-opus-4-0claude-opus-4@claude-sonnet-3-7claude-sonnet-3.7claude-sonnet-4-0claude-sonnet-4@c"
    "laude-v1claude-v2codellama/codellama-34b-instruct-hfcodellama/codellama-70b-instruct-hfcodellama/cod"
    "ellama-7b-instruct-hfcodestral-latestcodex-mini-latestcognitivecomputations/dolphin-mixtral-8x22bcog"
    "nitivecomputations/dolphin-mixtral-8x7b-32768cohere/command-acohere/command-r-03-2024cohere/command-"
    "r-08-2024cohere/command-r-plus-04-2024cohere/command-r-plus-08-2024cohere/command-r7b-12-2024compute"
    "r-usedeepcogito/cogito-671b-v2.1-fastdeepcogito/cogito-671b-v2.1-fp8-fastdeepcogito/cogito-v2.1-671b"
    "deepseek-ai/deepseek-coder-33b-instructdeepseek-ai/deepseek-prover-v2-671b-fastdeepseek-ai/deepseek-"
    "r1-0528-fastdeepseek-ai/deepseek-r1-distill-llama-70b-fastdeepseek-ai/deepseek-r1-distill-llama-8b-f"
    "astdeepseek-ai/deepseek-r1-distill-qwen-1.5b-fastdeepseek-ai/deepseek-r1-distill-qwen-32b-fastdeepse"
    "ek-ai/deepseek-r1-distill-qwen-7b-fastdeepseek-ai/deepseek-r1-fastdeepseek-ai/deepseek-v3-0324-fastd"
    "eepseek-ai/deepseek-v3-fastdeepseek-ai/deepseek-v3.1-fastdeepseek-ai/deepseek-v3.1-terminus-fastdeep"
    "seek-ai/deepseek-v3.2-exp-fastdeepseek-ai/deepseek-v3.2-fastdeepseek-ai/deepseek-v4-flashdeepseek-ai"
    "/deepseek-v4-prodeepseek-reasonerdeepseek.r1deepseek/deepseek-chat-v3-0324deepseek/deepseek-chat-v3."
    "1deepseek/deepseek-r1-0528deepseek/deepseek-r1-distill-llama-70bdeepseek/deepseek-r1-distill-llama-8"
    "bdeepseek/deepseek-r1-distill-qwen-1.5bdeepseek/deepseek-r1-distill-qwen-14bdeepseek/deepseek-r1-dis"
    "till-qwen-32bdeepseek/deepseek-v3.1-terminusdeepseek/deepseek-v3.2-expdeepseek/deepseek-v4-flashdeep"
    "seek/deepseek-v4-prodeepseek/deepseek_v3devstral-smalldicta-il/dictalm-3.0-24b-thinking-fastdobby-mi"
    "ni-unhinged-plus-llama-3.1-8beleutherai/llemma_7bembed-v4.0essentialai/rnj-1-instruct-fasteu.amazon."
    "nova-2-liteeu.anthropic.claude-fable-5eu.anthropic.claude-haiku-4-5-20251001eu.anthropic.claude-opus"
    "-4-1-20250805eu.anthropic.claude-opus-4-20250514eu.anthropic.claude-opus-4-5eu.anthropic.claude-opus"
    "-4-6eu.anthropic.claude-opus-4-7eu.anthropic.claude-opus-4-8eu.anthropic.claude-opus-5eu.anthropic.c"
    "laude-sonnet-4-20250514eu.anthropic.claude-sonnet-4-5-20250929eu.anthropic.claude-sonnet-4-6eu.anthr"
    "opic.claude-sonnet-5eva-unit-01/eva-llama-3.33-70beva-unit-01/eva-qwen-2.5-32beva-unit-01/eva-qwen-2"
    ".5-72bft:gpt-3.5-turbo-0125ft:gpt-4-0125-previewft:gpt-4o-2024-ft:gpt-4o-mini-2024-07-18.ft-garage-b"
    "aind/platypus2-70b-instructgemini-1.0-pro-vision-001gemini-1.5-flashgemini-1.5-progemini-2.0-flash-e"
    "xpgemini-2.0-flash-latestgemini-2.0-flash-thinkinggemini-2.5-flash-image-previewgemini-2.5-flash-lat"
    "estgemini-2.5-flash-lite-preview-06-17gemini-2.5-flash-native-audio-previewgemini-2.5-flash-preview-"
    "04-17gemini-2.5-flash-preview-05-20:thinkinggemini-3-flash-preview-gemini-3-pro-previewgemini-3-pro-"
    "text-previewgemini-3.5-flash-litegemini-3.5-flash-previewgemini-3.6-flashgemini-embedding-001gemini-"
    "live-2.5-flashglm-4-airxglm-4-assistantglm-4-flashx-250414glm-4-longglm-4-plusglm-4.7-flashxglm-5v-t"
    "urboglm-z1-32bglm-z1-rumination-32bglobal.amazon.nova-2-liteglobal.anthropic.claude-fable-5global.an"
    "thropic.claude-haiku-4-5-20251001global.anthropic.claude-opus-4-5global.anthropic.claude-opus-4-6glo"
    "bal.anthropic.claude-opus-4-7global.anthropic.claude-opus-4-8global.anthropic.claude-opus-5global.an"
    "thropic.claude-sonnet-4-20250514global.anthropic.claude-sonnet-4-5-20250929global.anthropic.claude-s"
    "onnet-4-6global.anthropic.claude-sonnet-5google.gemma-3-12b-itgoogle.gemma-3-27b-itgoogle.gemma-3-4b"
    "-itgoogle/gemini-2.0-flash-001google/gemini-2.0-flash-lite-001google/gemini-2.5-flash-imagegoogle/ge"
    "mini-2.5-flash-lite-preview-09-2025google/gemini-2.5-flash-preview-09-2025google/gemini-2.5-flash-pr"
    "eview:thinkinggoogle/gemini-2.5-pro-preview-03-25google/gemini-2.5-pro-preview-05-06google/gemini-3-"
    "flash-previewgoogle/gemini-3-pro-image-previewgoogle/gemini-3.1-flash-image-previewgoogle/gemini-3.1"
    "-flash-lite-previewgoogle/gemini-3.1-pro-preview-customtoolsgoogle/gemini-3.5-flashgoogle/gemini-fla"
    "sh-1.5-8bgoogle/gemini-pro-1.5google/gemini-pro-visiongoogle/gemma-2-27b-itgoogle/gemma-2-2b-it-fast"
    "google/gemma-2-9b-it-fastgoogle/gemma-2b-itgoogle/gemma-3-12b-itgoogle/gemma-3-27b-it-fastgoogle/gem"
    "ma-3-4b-itgoogle/gemma-3n-e4b-it-fastgoogle/gemma-4-26b-a4b-itgoogle/gemma-4-31b-itgoogle/gemma-7b-i"
    "tgoogle/palm-2-chat-bison-32kgoogle/palm-2-codechat-bison-32kgpt-3.5-0301gpt-3.5-turbo-0301gpt-3.5-t"
    "urbo-16k-0613gpt-3.5-turbo-instruct-0914gpt-35-turbo-16k-0613gpt-4-0314gpt-4-0613gpt-4-1106-vision-p"
    "reviewgpt-4-32k-0613gpt-4-turbo-0125-previewgpt-4-turbo-2024-04-09gpt-4-vision-previewgpt-4.1-2025-0"
    "4-14gpt-4.1-mini-2025-04-14gpt-4.1-nano-2025-04-14gpt-4o-mini-audiogpt-4o-mini-realtimegpt-4o-mini-s"
    "earch-preview-2025-03-11gpt-4o-mini-transcribegpt-4o-mini-ttsgpt-4o-realtimegpt-4o-search-preview-20"
    "25-03-11gpt-4o-transcribe-diarizegpt-5-1-2025-11-13gpt-5-1-chat-latestgpt-5-1-codex-maxgpt-5-1-codex"
    "-minimax/minimax-m2.5-20260211gpt-5-1-minimax/minimax-m2.7-20260318gpt-5-2-2025-12-11gpt-5-2-chat-la"
    "testgpt-5-2-codexgpt-5-2-pro-2025-12-11gpt-5-2025-08-07gpt-5-3-chat-latestgpt-5-3-codexgpt-5-4-2026-"
    "03-05gpt-5-4-mini-2026-03-17gpt-5-4-nano-2026-03-17gpt-5-4-pro-2026-03-05gpt-5-5-2026-04-23gpt-5-5-2"
    "026-04-24gpt-5-5-chat-latestgpt-5-5-codexgpt-5-5-pro-2026-04-23gpt-5-6-lunagpt-5-6-solgpt-5-6-terrag"
    "pt-5-chat-latestgpt-5-mini-2025-08-07gpt-5-nano-gpt-5-pro-2025-10-06gpt-5.1-2025-11-13gpt-5.1-chat-l"
    "atestgpt-5.1-minimax/minimax-m3-20260531gpt-5.2-2025-12-11gpt-5.2-chat-latestgpt-5.2-pro-2025-12-11g"
    "pt-5.3-chat-latestgpt-5.4-2026-03-05gpt-5.4-mini-2026-03-17gpt-5.4-nano-2026-03-17gpt-5.4-pro-2026-0"
    "3-05gpt-5.5-2026-04-23gpt-5.5-2026-04-24gpt-5.5-chat-latestgpt-5.5-codexgpt-5.5-pro-2026-04-23gpt-5."
    "6-lunagpt-5.6-solgpt-5.6-terragpt-audio-1.5gpt-audio-2025-08-28gpt-audio-mini-2025-10-06gpt-audio-mi"
    "ni-2025-12-15gpt-image-1-minimaxai/minimax-m1-80k-fastgpt-image-1.5-2025-12-16gpt-image-2-2026-04-21"
    "gpt-realtime-1.5gpt-realtime-2025-08-28gpt-realtime-mini-2025-10-06gpt-realtime-mini-2025-12-15grok-"
    "2-latestgrok-2-vision-latestgrok-3-fast-betagrok-3-fast-latestgrok-3-latestgrok-3-mini-fast-betagrok"
    "-3-mini-fast-latestgrok-3-mini-latestgrok-4-0709grok-4-1-fast-non-reasoning-latestgrok-4-1-fast-reas"
    "oning-latestgrok-4-fast-non-reasoning-latestgrok-4-fast-reasoning-latestgrok-4-latestgrok-4.3-latest"
    "grok-4.5-latestgrok-code-fast-1-0825grok-latestgryphe/mythomax-l2-13bhttps://(.*\\.)\?googleapis\\.comh"
    "ttps://(api\\.)\?openrouter\\.aihttps://api\\.anthropic\\.comhttps://api\\.avian\\.iohttps://api\\.cerebras\\"
    ".aihttps://api\\.cohere\\.(\?:ai|com)https://api\\.deepseek\\.comhttps://api\\.doubleword\\.aihttps://api\\."
    "fireworks\\.aihttps://api\\.groq\\.comhttps://api\\.minimax(i)\?\\.(\?:com|io)https://api\\.mistral\\.aihttps"
    "://api\\.moonshot\\.https://api\\.novita\\.aihttps://api\\.openai\\.comhttps://api\\.perplexity\\.aihttps://"
    "api\\.together\\.xyzhttps://api\\.voyageai\\.comhttps://api\\.x\\.aihttps://bedrock-runtime\\.[a-z0-9-]+\\.a"
    "mazonaws\\.com(/|$)https://oai\\.endpoints\\.kepler\\.ai\\.cloud\\.ovh\\.nethttps://open\\.bigmodel\\.cnhttps"
    "://router\\.huggingface\\.co/cerebrashttps://router\\.huggingface\\.co/fireworks-aihttps://router\\.huggi"
    "ngface\\.co/groqhttps://router\\.huggingface\\.co/hyperbolichttps://router\\.huggingface\\.co/nebiushttps"
    "://router\\.huggingface\\.co/novitahttps://router\\.huggingface\\.co/nscalehttps://router\\.huggingface\\."
    "co/ovhcloudhttps://router\\.huggingface\\.co/publicaihttps://router\\.huggingface\\.co/sambanovahttps://"
    "router\\.huggingface\\.co/together-aihuggingface_cerebrashuggingface_fireworks-aihuggingface_groqhuggi"
    "ngface_hyperbolichuggingface_nebiushuggingface_novitahuggingface_nscalehuggingface_ovhcloudhuggingfa"
    "ce_publicaihuggingface_sambanovahuggingface_together_aiibm-granite/granite-4.0-h-microsoft/phi-3-med"
    "ium-128k-instructibm-granite/granite-4.1-8binception/mercury-2inclusionai/ling-2.6-1tinclusionai/lin"
    "g-2.6-flashinclusionai/ring-2.6-1tinfermatic/mn-inferor-12binflection/inflection-3-piinflection/infl"
    "ection-3-productivityjondurbin/airoboros-l2-70bjp.amazon.nova-2-litejp.anthropic.claude-fable-5jp.an"
    "thropic.claude-haiku-4-5-20251001jp.anthropic.claude-opus-4-1-20250805jp.anthropic.claude-opus-4-202"
    "50514jp.anthropic.claude-opus-4-5jp.anthropic.claude-opus-4-6jp.anthropic.claude-opus-4-7jp.anthropi"
    "c.claude-opus-4-8jp.anthropic.claude-opus-5jp.anthropic.claude-sonnet-4-20250514jp.anthropic.claude-"
    "sonnet-4-5-20250929jp.anthropic.claude-sonnet-4-6jp.anthropic.claude-sonnet-5kimi-k2-0711-previewkim"
    "i-k2-0905-previewkimi-k2-thinking-turbokimi-k2-turbokwaipilot/kat-coder-pro-v2latitudegames/wayfarer"
    "-large-70b-llama-3.3liquid/lfm-2-24b-a2bliquid/lfm-3bliquid/lfm-40bliquid/lfm-7bllama-3.1-405b-reaso"
    "ningllama-3.1-70b-versatilellama-3.1-nemotron-ultra-253b-v1llama-3.2-11b-text-previewllama-3.2-11b-v"
    "ision-previewllama-3.2-1b-previewllama-3.2-3b-previewllama-3.2-90b-text-previewllama-3.2-90b-vision-"
    "previewllama2-70b-4096llama3-70b-8192llama3-8b-8192llama3-groq-70b-8192-tool-use-previewllama3-groq-"
    "8b-8192-tool-use-previewlmsys/vicuna-13b-v1.5lmsys/vicuna-7b-v1.5m2.5-highspeedm2.7-highspeedmaestro"
    "-reasoningmagistral-medium-2506:thinkingmagistral-small-2506mancer/weavermercury-coder-small-betamet"
    "a-llama-3_3-70b-instructmeta-llama/llama-2-13b-chat-hfmeta-llama/llama-2-70b-chat-hfmeta-llama/llama"
    "-2-7b-chat-hfmeta-llama/llama-3-70b-chat-hfmeta-llama/llama-3-70b-instructmeta-llama/llama-3-8b-chat"
    "-hfmeta-llama/llama-3-8b-instructmeta-llama/llama-3.1-405b-instructmeta-llama/llama-3.1-70b-instruct"
    "meta-llama/llama-3.1-8b-instruct-bf16meta-llama/llama-3.1-8b-instruct-fastmeta-llama/llama-3.1-8b-in"
    "struct-maxmeta-llama/llama-3.2-11b-vision-instructmeta-llama/llama-3.2-1b-instructmeta-llama/llama-3"
    ".2-3b-instructmeta-llama/llama-3.2-90b-vision-instructmeta-llama/llama-3.3-70b-instruct-fastmeta-lla"
    "ma/llama-3.3-70b-instruct-turbometa-llama/llama-4-maverick-17b-128e-instruct-fp8-fastmeta-llama/llam"
    "a-4-scout-17b-16e-instruct-fastmeta-llama/llama-guard-2-8bmeta-llama/llama-guard-3-8bmeta-llama/llam"
    "a-guard-4-12bmeta-llama/meta-llama-3-70b-instruct-fastmeta-llama/meta-llama-3-70b-instruct-litemeta-"
    "llama/meta-llama-3-70b-instruct-turbometa-llama/meta-llama-3-8b-instruct-fastmeta-llama/meta-llama-3"
    "-8b-instruct-litemeta-llama/meta-llama-3-8b-instruct-turbometa-llama/meta-llama-3.1-405b-instruct-tu"
    "rbometa-llama/meta-llama-3.1-70b-instruct-turbometa-llama/meta-llama-3.1-8b-instruct-turbometa-llama"
    "/meta-llama-3.3-70b-instruct-turbometa.llama3-1-70b-instructmeta.llama3-1-8b-instructmeta.llama3-2-1"
    "1b-instructmeta.llama3-2-1b-instructmeta.llama3-2-3b-instructmeta.llama3-2-90b-instructmeta.llama3-3"
    "-70b-instructmeta.llama3-70b-instructmeta.llama3-8b-instructmeta.llama4-maverick-17b-instructmeta.ll"
    "ama4-scout-17b-instructmicrosoft/phi-3-mini-128k-instructmicrosoft/phi-3.5-mini-128k-instructmicroso"
    "ft/phi-4-mini-instructmicrosoft/phi-4-multimodal-instructmicrosoft/wizardlm-2-7bmicrosoft/wizardlm-2"
    "-8x22bminimaxai/minimax-m2-fastminimaxai/minimax-m2.1-fastminimaxai/minimax-m2.5-fastmistral-embedmi"
    "stral-large-2411mistral-large-latestmistral-nemo-instruct-2407mistral-saba-24bmistral-saba-latestmis"
    "tral-small-3.2-24b-instruct-2506mistral-small-latestmistral.devstral-2-123bmistral.magistral-small-2"
    "509mistral.ministral-3-14b-instructmistral.ministral-3-3b-instructmistral.ministral-3-8b-instructmis"
    "tral.mistral-7b-instruct-v0mistral.mistral-large-2402mistral.mistral-large-3-675b-instructmistral.mi"
    "stral-small-2402mistral.mixtral-8x7b-instruct-v0mistral.pixtral-large-2502mistral.voxtral-mini-3b-25"
    "07mistral.voxtral-small-24b-2507mistral/ministral-8bmistralai/codestral-2501mistralai/codestral-2508"
    "mistralai/codestral-mambamistralai/devstral-2-123b-instruct-2512mistralai/devstral-2512mistralai/min"
    "istral-14b-2512mistralai/ministral-3b-2512mistralai/ministral-8b-2512mistralai/mistral-7b-instruct-v"
    "0.1mistralai/mistral-7b-instruct-v0.2mistralai/mistral-7b-instruct-v0.3mistralai/mistral-7b-v0.1mist"
    "ralai/mistral-large-2407mistralai/mistral-large-2512mistralai/mistral-medium-3-5mistralai/mistral-me"
    "dium-3.1mistralai/mistral-nemomistralai/mistral-sabamistralai/mistral-small-24b-instruct-2501mistral"
    "ai/mistral-small-2603mistralai/mistral-small-3.1-24b-instructmistralai/mistral-small-3.2-24b-instruc"
    "tmistralai/mistral-tinymistralai/mixtral-8x22b-instruct-v0.1mistralai/mixtral-8x7b-instruct-v0.1mist"
    "ralai/mixtral-8x7b-v0.1mistralai/pixtral-12b-latestmistralai/pixtral-large-2411mistralai/voxtral-sma"
    "ll-24b-2507moonshot-v1-128k-vision-previewmoonshot-v1-32k-vision-previewmoonshot-v1-8k-vision-previe"
    "wmoonshotai/kimi-k2-0905moonshotai/kimi-k2-instruct-0905-fastmoonshotai/kimi-k2-instruct-fastmoonsho"
    "tai/kimi-k2-thinking-fastmoonshotai/kimi-k2.5-fastmoonshotai/kimi-k2.6moonshotai/kimi-k2.7-code-2026"
    "0612moonshotai/kimi-k3-20260715morph/morph-v3-fastmorph/morph-v3-largeneversleep/llama-3-lumimaid-70"
    "bneversleep/llama-3-lumimaid-8b:extendedneversleep/llama-3.1-lumimaid-70bneversleep/llama-3.1-lumima"
    "id-8bneversleep/noromaid-20bnexusflow/nexusraven-v2-13bnothingiisreal/mn-celeste-12bnousresearch/her"
    "mes-2-pro-llama-3-8b-fastnousresearch/hermes-3-llama-3.1-405bnousresearch/hermes-3-llama-3.1-70bnous"
    "research/hermes-4-405b-fastnousresearch/hermes-4-70b-fastnousresearch/nous-capybara-7b-v1p9nousresea"
    "rch/nous-hermes-2-mixtral-8x7b-dponousresearch/nous-hermes-2-mixtral-8x7b-sftnousresearch/nous-herme"
    "s-2-yi-34bnousresearch/nous-hermes-llama-2-7bnousresearch/nous-hermes-llama2-13bnvidia.nemotron-nano"
    "-3-30bnvidia.nemotron-nano-9b-v2nvidia.nemotron-super-3-120bnvidia/llama-3.1-nemotron-70b-instructnv"
    "idia/llama-3.3-nemotron-super-49b-v1.5nvidia/llama-3_1-nemotron-ultra-253b-v1-fastnvidia/nemotron-3-"
    "nano-30b-a3bnvidia/nemotron-3-super-120b-a12bnvidia/nemotron-3-ultra-550b-a55bnvidia/nemotron-nano-9"
    "b-v2nvidia/nvidia-nemotron-3-super-120b-a12b-nvfp4nvidia/nvidia-nemotron-nano-12b-v2-fasto1-2024-12-"
    "17o1-preview-2024-09-12o1-pro-2025-03-19o3-2025-04-16o3-deep-research-2025-06-26o3-mini-2025-01-31o3"
    "-pro-2025-06-10o4-mini-2025-04-16o4-mini-deep-research-2025-06-26open-mistral-7bopen-mistral-nemoope"
    "n-mixtral-8x7bopen-orca/mistral-7b-openorcaopenai.gpt-5.4openai.gpt-5.5openai.gpt-oss-120b-1openai.g"
    "pt-oss-20b-1openai/chatgpt-4o-latestopenai/codex-miniopenai/gpt-3.5-turbo-0613openai/gpt-3.5-turbo-1"
    "106openai/gpt-3.5-turbo-16kopenai/gpt-3.5-turbo-instructopenai/gpt-4-1106-previewopenai/gpt-4-32k-03"
    "14openai/gpt-4-turbo-previewopenai/gpt-4.1-miniopenai/gpt-4.1-nanoopenai/gpt-4.5-previewopenai/gpt-4"
    "o-2024-05-13openai/gpt-4o-2024-08-06openai/gpt-4o-2024-11-20openai/gpt-4o-audio-previewopenai/gpt-4o"
    "-mini-2024-07-18openai/gpt-4o-mini-search-previewopenai/gpt-4o-search-previewopenai/gpt-4o:extendedo"
    "penai/gpt-5-chatopenai/gpt-5-codexopenai/gpt-5-image-miniopenai/gpt-5-miniopenai/gpt-5-nanoopenai/gp"
    "t-5-proopenai/gpt-5.1-chatopenai/gpt-5.1-codex-maxopenai/gpt-5.1-codex-miniopenai/gpt-5.2-chatopenai"
    "/gpt-5.2-codexopenai/gpt-5.2-proopenai/gpt-5.3-chatopenai/gpt-5.3-codexopenai/gpt-5.4-image-2openai/"
    "gpt-5.4-miniopenai/gpt-5.4-nanoopenai/gpt-5.4-proopenai/gpt-5.5-proopenai/gpt-audio-miniopenai/gpt-c"
    "hat-latestopenai/gpt-oss-120b-fastopenai/gpt-oss-20b-fastopenai/gpt-oss-safeguard-20bopenai/o1-mini-"
    "2024-09-12openai/o1-proopenai/o3-deep-researchopenai/o3-mini-highopenai/o3-proopenai/o4-mini-deep-re"
    "searchopenai/o4-mini-highopenchat/openchat-3.5-1210openchat/openchat-7bperceptron/perceptron-mk1perp"
    "lexity/llama-3.1-sonar-large-128k-onlineperplexity/llama-3.1-sonar-small-128k-onlineperplexity/r1-17"
    "76perplexity/sonar-deep-researchperplexity/sonar-pro-searchperplexity/sonar-reasoning-prophi-4-reaso"
    "ning-pluspixtral-large-latestprime-intellect/intellect-3primeintellect/intellect-3-fp8-fastpygmalion"
    "ai/mythalion-13bqwen.qwen3-32bqwen.qwen3-coder-30b-a3bqwen.qwen3-coder-480b-a35bqwen.qwen3-vl-235b-a"
    "22bqwen/qwen-2-72b-instructqwen/qwen-2-7b-instructqwen/qwen-2-vl-72b-instructqwen/qwen-2.5-72b-instr"
    "uctqwen/qwen-2.5-7b-instructqwen/qwen-2.5-coder-32b-instructqwen/qwen-2.5-vl-72b-instructqwen/qwen-2"
    ".5-vl-7b-instructqwen/qwen-maxqwen/qwen-plus-2025-07-28:thinkingqwen/qwen-turboqwen/qwen-vl-maxqwen/"
    "qwen-vl-plusqwen/qwen1.5-0.5b-chatqwen/qwen1.5-1.8b-chatqwen/qwen1.5-14b-chatqwen/qwen1.5-4b-chatqwe"
    "n/qwen1.5-72bqwen/qwen1.5-7b-chatqwen/qwen2.5-72b-instruct-fastqwen/qwen2.5-7b-instruct-fastqwen/qwe"
    "n2.5-coder-32b-instruct-fastqwen/qwen2.5-coder-3b-instruct-fastqwen/qwen2.5-coder-7b-fastqwen/qwen2."
    "5-coder-7b-instruct-fastqwen/qwen2.5-vl-32b-instructqwen/qwen2.5-vl-72b-instruct-fastqwen/qwen2.5-vl"
    "-7b-instruct-fastqwen/qwen3-14b-fastqwen/qwen3-14b-fp8qwen/qwen3-235b-a22b-2507qwen/qwen3-235b-a22b-"
    "fastqwen/qwen3-235b-a22b-instruct-2507-fastqwen/qwen3-235b-a22b-thinking-2507-fastqwen/qwen3-30b-a3b"
    "-fastqwen/qwen3-30b-a3b-instruct-2507-fastqwen/qwen3-30b-a3b-thinking-2507-fastqwen/qwen3-32b-fastqw"
    "en/qwen3-4b-instruct-2507-fastqwen/qwen3-4b-thinking-2507-fastqwen/qwen3-8b-fastqwen/qwen3-coder-30b"
    "-a3b-instruct-fastqwen/qwen3-coder-480b-a35b-07-25qwen/qwen3-coder-480b-a35b-instruct-fastqwen/qwen3"
    "-coder-480b-a35b-instruct-fp8-fastqwen/qwen3-coder-flashqwen/qwen3-coder-next-2025-02-03qwen/qwen3-c"
    "oder-next-fastqwen/qwen3-coder-next-fp8-fastqwen/qwen3-coder-plusqwen/qwen3-embedding-8bqwen/qwen3-m"
    "ax-thinking-20260123qwen/qwen3-next-80b-a3b-instruct-2509qwen/qwen3-next-80b-a3b-instruct-fastqwen/q"
    "wen3-next-80b-a3b-thinking-2509qwen/qwen3-next-80b-a3b-thinking-fastqwen/qwen3-vl-235b-a22b-instruct"
    "-fastqwen/qwen3-vl-235b-a22b-instruct-fp8qwen/qwen3-vl-235b-a22b-thinking-fastqwen/qwen3-vl-30b-a3b-"
    "instruct-fastqwen/qwen3-vl-30b-a3b-instruct-fp8qwen/qwen3-vl-30b-a3b-thinking-fastqwen/qwen3-vl-32b-"
    "instructqwen/qwen3-vl-8b-instruct-fastqwen/qwen3-vl-8b-thinkingqwen/qwen3.5-122b-a10b-20260224qwen/q"
    "wen3.5-122b-a10b-fastqwen/qwen3.5-27b-20260224qwen/qwen3.5-27b-fastqwen/qwen3.5-35b-a3b-20260224qwen"
    "/qwen3.5-35b-a3b-fastqwen/qwen3.5-35b-a3b-fp8qwen/qwen3.5-397b-a17b-20260216qwen/qwen3.5-397b-a17b-f"
    "astqwen/qwen3.5-9b-20260310qwen/qwen3.5-9b-fastqwen/qwen3.5-flash-02-23qwen/qwen3.5-flash-20260224qw"
    "en/qwen3.5-plus-02-15qwen/qwen3.5-plus-20260216qwen/qwen3.5-plus-20260420qwen/qwen3.6-27b-20260422qw"
    "en/qwen3.6-35b-a3b-20260415qwen/qwen3.6-35b-a3b-fp8qwen/qwen3.6-flashqwen/qwen3.6-max-preview-202604"
    "20qwen/qwen3.6-plus-04-02qwen/qwen3.7-max-20260520qwen/qwen3.7-plus-20260602qwen/qwq-32b-fastqwen/qw"
    "q-32b-previewraifle/sorcererlm-8x22brekaai/reka-edgerekaai/reka-flash-3relace/relace-apply-3relace/r"
    "elace-searchsao10k/fimbulvetr-11b-v2sao10k/l3-70b-euryale-v2.1-fastsao10k/l3-8b-lunaris-v1-fastsao10"
    "k/l3-8b-stheno-v3.2-fastsao10k/l3-euryale-70bsao10k/l3-lunaris-8bsao10k/l3.1-70b-hanami-x1sao10k/l3."
    "1-euryale-70bsao10k/l3.3-euryale-70bsao10k/l31-70b-euryale-v2.2scb10x/llama3.1-typhoon2-70b-instruct"
    "scb10x/llama3.1-typhoon2-8b-instructsnorkelai/snorkel-mistral-pairrm-dposophosympatheia/midnight-ros"
    "e-70bspotlightsteelskull/l3.3-electra-r1-70bstepfun/step-3.5-flashstepfun/step-3.7-flashswiss-ai/ape"
    "rtus-70b-instruct-2509-fastswiss-ai/apertus-8b-instruct-2509-fastswitchpoint/routerteknium/openherme"
    "s-2-mistral-7bteknium/openhermes-2.5-mistral-7bteknium/openhermes-2p5-mistral-7btencent/hunyuan-a13b"
    "-instructtencent/hy3-previewtext-curie-001text-davinci-001text-davinci-002text-davinci-003text-embed"
    "ding-3-largetext-embedding-3-smalltext-embedding-ada-002-v2thedrummer/anubis-pro-105b-v1thedrummer/c"
    "ydonia-24b-v4.1thedrummer/rocinante-12bthedrummer/skyfall-36b-v2thedrummer/unslopnemo-12btitan-text-"
    "expresstitan-text-litetogethercomputer/alpaca-7btogethercomputer/gpt-jt-moderation-6btogethercompute"
    "r/llama-2-7b-32k-instructtogethercomputer/redpajama-incite-7b-basetogethercomputer/redpajama-incite-"
    "7b-chattogethercomputer/redpajama-incite-7b-instructtogethercomputer/redpajama-incite-base-3b-v1toge"
    "thercomputer/redpajama-incite-chat-3b-v1togethercomputer/redpajama-incite-instruct-3b-v1togethercomp"
    "uter/stripedhyena-hessian-7btogethercomputer/stripedhyena-nous-7btokyotech-llm/llama-3.3-swallow-70b"
    "-instruct-v0.4-fastundi95/remm-slerp-l2-13bundi95/toppy-m-7bupstage/solar-10.7b-instruct-v1.0upstage"
    "/solar-pro-3us-gov.anthropic.claude-haiku-4-5-20251001us-gov.anthropic.claude-opus-4-1-20250805us-go"
    "v.anthropic.claude-opus-4-20250514us-gov.anthropic.claude-opus-4-5us-gov.anthropic.claude-opus-4-6us"
    "-gov.anthropic.claude-opus-4-7us-gov.anthropic.claude-sonnet-4-20250514us-gov.anthropic.claude-sonne"
    "t-4-5-20250929us-gov.anthropic.claude-sonnet-4-6us-gov.anthropic.claude-sonnet-5us.amazon.nova-2-lit"
    "eus.anthropic.claude-fable-5us.anthropic.claude-haiku-4-5-20251001us.anthropic.claude-opus-4-1-20250"
    "805us.anthropic.claude-opus-4-20250514us.anthropic.claude-opus-4-5us.anthropic.claude-opus-4-6us.ant"
    "hropic.claude-opus-4-7us.anthropic.claude-opus-4-8us.anthropic.claude-opus-5us.anthropic.claude-sonn"
    "et-4-20250514us.anthropic.claude-sonnet-4-5-20250929us.anthropic.claude-sonnet-4-6us.anthropic.claud"
    "e-sonnet-5utter-project/eurollm-22b-instruct-2512-fastvalkyrie-49b-v1vertexvirtuoso-medium-v2voyage-"
    "01voyage-02voyage-2voyage-3-largevoyage-3-litevoyage-3.5-litevoyage-4-largevoyage-4-litevoyage-code-"
    "2voyage-code-3voyage-context-3voyage-finance-2voyage-large-2-instructvoyage-law-2voyage-lite-01-inst"
    "ructvoyage-lite-02-instructvoyage-multilingual-2wizardlm/wizardlm-13b-v1.2writer/palmyra-x5x-ai/grok"
    "-2-1212x-ai/grok-2-vision-1212x-ai/grok-3-betax-ai/grok-3-mini-betax-ai/grok-4-fastx-ai/grok-4.20-mu"
    "lti-agentx-ai/grok-4.3x-ai/grok-4.5x-ai/grok-betax-ai/grok-build-0.1x-ai/grok-code-fast-1x-ai/grok-v"
    "ision-betaxiaomi/mimo-v2-flashxiaomi/mimo-v2.5-proxiaomimimo/mimo-v2-flash-fastxwin-lm/xwin-lm-70bz-"
    "ai/glm-4.5-airz-ai/glm-4.5vz-ai/glm-4.6vz-ai/glm-4.7-flash-20260119z-ai/glm-5-20260211z-ai/glm-5-tur"
    "bo-20260315z-ai/glm-5.1-20260406z-ai/glm-5.2-20260616zai-org/autoglm-phone-9b-multilingual-fastzai-o"
    "rg/glm-4-32b-0414-fastzai-org/glm-4.5-air-fastzai-org/glm-4.5-air-fp8-fastzai-org/glm-4.5-fastzai-or"
    "g/glm-4.5v-fastzai-org/glm-4.6-fastzai-org/glm-4.6v-flash-fastzai-org/glm-4.7-fastzai-org/glm-4.7-fl"
    "ash-fastzai-org/glm-4.7-fp8-fastzai-org/glm-5-fastzai-org/glm-5.1-fp8zero-one-ai/yi-34bzero-one-ai/y"
    "i-6bzhipuai~anthropic/claude-fable-latest~anthropic/claude-haiku-latest~anthropic/claude-opus-latest"
    "~anthropic/claude-sonnet-latest~google/gemini-flash-latest~google/gemini-pro-latest~moonshotai/kimi-"
    "latest~openai/gpt-latest~openai/gpt-mini-latest";
