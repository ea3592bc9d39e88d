// From real numbers to whole ones.
#pragma once
#include "base.hpp"

namespace collusion {

// The nearest whole number, of two the even one. The least that 64 bits contain where they contain none, so that all machines agree.
inline int64_t rounded(double x) {
    x = rint(x);
    return x >= -0x1p63 && x < 0x1p63 ? (int64_t)x : INT64_MIN;
}

}  // namespace collusion
