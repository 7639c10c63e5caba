// The system calls themselves. All go through syscall(2), never through a wrapper of the C library: the wrappers emulate
// what they think the kernel lacks, change credentials on all threads, and some are missing in older C libraries.
#pragma once

#include <cerrno>
#include <cstdint>
#include <sys/syscall.h>
#include <type_traits>
#include <unistd.h>

// Numbers that the headers of an older kernel lack. They are the same on all architectures.
#ifndef __NR_open_tree
#define __NR_open_tree 428
#define __NR_move_mount 429
#define __NR_fsopen 430
#define __NR_fsconfig 431
#define __NR_fsmount 432
#define __NR_fspick 433
#endif
#ifndef __NR_openat2
#define __NR_openat2 437
#endif
#ifndef __NR_faccessat2
#define __NR_faccessat2 439
#endif
#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452
#endif
#ifndef __NR_setxattrat
#define __NR_setxattrat 463
#define __NR_getxattrat 464
#define __NR_listxattrat 465
#define __NR_removexattrat 466
#endif

namespace graphdriver {

static_assert(sizeof(long) == 8 && (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__), "written for x86-64 and arm64");

template <typename Value>
long Word(Value value) {
  if constexpr (std::is_pointer_v<Value>) {
    return reinterpret_cast<long>(value);
  } else {
    return static_cast<long>(value);
  }
}

// The answer of the system call, or its negative errno.
template <typename... Values>
int64_t Kernel(long number, Values... values) {
  const long answer = syscall(number, Word(values)...);
  return answer == -1 ? -errno : answer;
}

}  // namespace graphdriver
