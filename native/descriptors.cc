// System calls on descriptors, and those that open them.
#include <asm/fcntl.h>
#include <linux/fs.h>

#include "function.h"
#include "kernel.h"
#include "module.h"

namespace graphdriver {

namespace {

// struct open_how of linux/openat2.h, which older headers lack.
struct OpenHow {
  uint64_t flags;
  uint64_t mode;
  uint64_t resolve;
};

// The flags of open(2) arrive as x86-64 numbers them (src/host/constants.ts); arm64 has these four in another order.
uint32_t OpenFlags(uint32_t flags) {
  constexpr struct {
    uint32_t x86_64;
    uint32_t here;
  } kMoved[] = {{0040000, O_DIRECT}, {0100000, O_LARGEFILE}, {0200000, O_DIRECTORY}, {0400000, O_NOFOLLOW}};
  uint32_t translated = flags & ~uint32_t{0740000};
  for (const auto &flag : kMoved) {
    if ((flags & flag.x86_64) != 0) translated |= flag.here;
  }
  return translated;
}

int64_t Openat2(int dirfd, const Path &path, uint32_t flags, uint32_t mode, uint32_t resolve) {
  const OpenHow how = {OpenFlags(flags), mode, resolve};
  return Kernel(__NR_openat2, dirfd, path.get(), &how, sizeof how);
}

int64_t Openat(int dirfd, const Path &path, uint32_t flags, uint32_t mode) {
  return Kernel(__NR_openat, dirfd, path.get(), OpenFlags(flags), mode);
}

int64_t Close(int fd) { return Kernel(__NR_close, fd); }

int64_t Dup(int fd) { return Kernel(__NR_dup, fd); }

int64_t Read(int fd, const Buffer &buffer) { return Kernel(__NR_read, fd, buffer.data(), buffer.length()); }

int64_t Pread(int fd, const Buffer &buffer, int64_t offset) {
  return Kernel(__NR_pread64, fd, buffer.data(), buffer.length(), offset);
}

int64_t Write(int fd, const Buffer &buffer) { return Kernel(__NR_write, fd, buffer.data(), buffer.length()); }

int64_t Pwrite(int fd, const Buffer &buffer, int64_t offset) {
  return Kernel(__NR_pwrite64, fd, buffer.data(), buffer.length(), offset);
}

int64_t Lseek(int fd, int64_t offset, int whence) { return Kernel(__NR_lseek, fd, offset, whence); }

// Fills the buffer with struct linux_dirent64 records.
int64_t Getdents64(int fd, const Buffer &buffer) {
  return Kernel(__NR_getdents64, fd, buffer.data(), buffer.length());
}

int64_t Ftruncate(int fd, int64_t length) { return Kernel(__NR_ftruncate, fd, length); }

int64_t Fallocate(int fd, int mode, int64_t offset, int64_t length) {
  return Kernel(__NR_fallocate, fd, mode, offset, length);
}

int64_t CopyFileRange(int from, int64_t from_offset, int to, int64_t to_offset, int64_t length) {
  return Kernel(__NR_copy_file_range, from, &from_offset, to, &to_offset, length, 0);
}

int64_t Ficlone(int to, int from) { return Kernel(__NR_ioctl, to, FICLONE, from); }

// Fills the buffer with a struct fsxattr.
int64_t Fsgetxattr(int fd, const Buffer &attributes) {
  if (attributes.length() < sizeof(struct fsxattr)) return -EOVERFLOW;
  return Kernel(__NR_ioctl, fd, FS_IOC_FSGETXATTR, attributes.data());
}

int64_t Fssetxattr(int fd, const Buffer &attributes) {
  if (attributes.length() < sizeof(struct fsxattr)) return -EOVERFLOW;
  return Kernel(__NR_ioctl, fd, FS_IOC_FSSETXATTR, attributes.data());
}

int64_t Fsync(int fd) { return Kernel(__NR_fsync, fd); }

int64_t Fdatasync(int fd) { return Kernel(__NR_fdatasync, fd); }

int64_t Syncfs(int fd) { return Kernel(__NR_syncfs, fd); }

int64_t Flock(int fd, int operation) { return Kernel(__NR_flock, fd, operation); }

int64_t Fchmod(int fd, uint32_t mode) { return Kernel(__NR_fchmod, fd, mode); }

int64_t Fchown(int fd, uint32_t uid, uint32_t gid) { return Kernel(__NR_fchown, fd, uid, gid); }

constexpr napi_property_descriptor kFunctions[] = {
    Export<Openat2>("openat2"),
    Export<Openat>("openat"),
    Export<Close>("close"),
    Export<Dup>("dup"),
    Export<Read>("read"),
    Export<Pread>("pread"),
    Export<Write>("write"),
    Export<Pwrite>("pwrite"),
    Export<Lseek>("lseek"),
    Export<Getdents64>("getdents64"),
    Export<Ftruncate>("ftruncate"),
    Export<Fallocate>("fallocate"),
    Export<CopyFileRange>("copy_file_range"),
    Export<Ficlone>("ficlone"),
    Export<Fsgetxattr>("fsgetxattr"),
    Export<Fssetxattr>("fssetxattr"),
    Export<Fsync>("fsync"),
    Export<Fdatasync>("fdatasync"),
    Export<Syncfs>("syncfs"),
    Export<Flock>("flock"),
    Export<Fchmod>("fchmod"),
    Export<Fchown>("fchown"),
};

}  // namespace

napi_status DefineDescriptorCalls(napi_env env, napi_value exports) { return Define(env, exports, kFunctions); }

}  // namespace graphdriver
