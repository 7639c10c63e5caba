// System calls on the process. Working directory, root and umask belong to all of its threads; ids and namespaces belong
// to the calling thread alone, because these are the raw calls (the C library would change the ids of all threads).
#include <ctime>

#include "function.h"
#include "kernel.h"
#include "module.h"

namespace graphdriver {

namespace {

Text Getcwd() {
  Text directory;
  const int64_t answer = Kernel(__NR_getcwd, directory.bytes, sizeof directory.bytes);
  // The kernel counts the final NUL.
  directory.length = answer < 0 ? answer : answer - 1;
  return directory;
}

int64_t Chdir(const Path &path) { return Kernel(__NR_chdir, path.get()); }

int64_t Fchdir(int fd) { return Kernel(__NR_fchdir, fd); }

int64_t Chroot(const Path &path) { return Kernel(__NR_chroot, path.get()); }

int64_t Umask(int mask) { return Kernel(__NR_umask, mask); }

int64_t Unshare(uint32_t flags) { return Kernel(__NR_unshare, flags); }

int64_t Getuid() { return Kernel(__NR_getuid); }

int64_t Geteuid() { return Kernel(__NR_geteuid); }

int64_t Getgid() { return Kernel(__NR_getgid); }

int64_t Getegid() { return Kernel(__NR_getegid); }

int64_t Setresuid(uint32_t real, uint32_t effective, uint32_t saved) {
  return Kernel(__NR_setresuid, real, effective, saved);
}

int64_t Setresgid(uint32_t real, uint32_t effective, uint32_t saved) {
  return Kernel(__NR_setresgid, real, effective, saved);
}

// The buffer holds gid_t's in the machine's byte order.
int64_t Setgroups(const Buffer &groups) {
  return Kernel(__NR_setgroups, groups.length() / sizeof(gid_t), groups.data());
}

// CLOCK_REALTIME, as seconds and nanoseconds. Through the C library, whose vDSO needs no system call.
int64_t ClockGettime(const Slots<2> &out) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -errno;
  out.Set(0, static_cast<double>(now.tv_sec));
  out.Set(1, static_cast<double>(now.tv_nsec));
  return 0;
}

int64_t Getrandom(const Buffer &bytes, uint32_t flags) {
  return Kernel(__NR_getrandom, bytes.data(), bytes.length(), flags);
}

int64_t PageSize() { return sysconf(_SC_PAGESIZE); }

constexpr napi_property_descriptor kFunctions[] = {
    Export<Getcwd>("getcwd"),
    Export<Chdir>("chdir"),
    Export<Fchdir>("fchdir"),
    Export<Chroot>("chroot"),
    Export<Umask>("umask"),
    Export<Unshare>("unshare"),
    Export<Getuid>("getuid"),
    Export<Geteuid>("geteuid"),
    Export<Getgid>("getgid"),
    Export<Getegid>("getegid"),
    Export<Setresuid>("setresuid"),
    Export<Setresgid>("setresgid"),
    Export<Setgroups>("setgroups"),
    Export<ClockGettime>("clock_gettime"),
    Export<Getrandom>("getrandom"),
    Export<PageSize>("pageSize"),
};

}  // namespace

napi_status DefineProcessCalls(napi_env env, napi_value exports) { return Define(env, exports, kFunctions); }

}  // namespace graphdriver
