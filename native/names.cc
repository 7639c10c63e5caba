// System calls on names.
#include <algorithm>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "function.h"
#include "kernel.h"
#include "module.h"

namespace graphdriver {

namespace {

// The slots of a StatBuffer (src/host/stat.ts).
enum StatSlot {
  kIno,
  kBlocks,
  kDev,
  kMode,
  kNlink,
  kUid,
  kGid,
  kRdev,
  kSize,
  kBlksize,
  kAtimeSec,
  kAtimeNsec,
  kMtimeSec,
  kMtimeNsec,
  kCtimeSec,
  kCtimeNsec,
  kStatSlots,
};

// newfstatat(2) rather than statx(2): its device numbers are new_encode_dev's, as makedev has them, and it is faster.
int64_t Fstatat(int dirfd, const Path &path, const Slots<kStatSlots> &out, int flags) {
  struct stat status;
  const int64_t answer = Kernel(__NR_newfstatat, dirfd, path.get(), &status, flags);
  if (answer < 0) return answer;
  out.SetWord(kIno, status.st_ino);
  out.SetWord(kBlocks, static_cast<uint64_t>(status.st_blocks));
  out.Set(kDev, static_cast<double>(status.st_dev));
  out.Set(kMode, status.st_mode);
  out.Set(kNlink, static_cast<double>(status.st_nlink));
  out.Set(kUid, status.st_uid);
  out.Set(kGid, status.st_gid);
  out.Set(kRdev, static_cast<double>(status.st_rdev));
  out.Set(kSize, static_cast<double>(status.st_size));
  out.Set(kBlksize, static_cast<double>(status.st_blksize));
  out.Set(kAtimeSec, static_cast<double>(status.st_atim.tv_sec));
  out.Set(kAtimeNsec, static_cast<double>(status.st_atim.tv_nsec));
  out.Set(kMtimeSec, static_cast<double>(status.st_mtim.tv_sec));
  out.Set(kMtimeNsec, static_cast<double>(status.st_mtim.tv_nsec));
  out.Set(kCtimeSec, static_cast<double>(status.st_ctim.tv_sec));
  out.Set(kCtimeNsec, static_cast<double>(status.st_ctim.tv_nsec));
  return answer;
}

// The slots of a StatfsBuffer (src/host/linux/binding.ts).
enum StatfsSlot {
  kFsid,
  kType,
  kBsize,
  kTotalBlocks,
  kBfree,
  kBavail,
  kFiles,
  kFfree,
  kNamelen,
  kFrsize,
  kFlags,
  kStatfsSlots,
};

int64_t FillStatfs(int64_t answer, const struct statfs &status, const Slots<kStatfsSlots> &out) {
  if (answer < 0) return answer;
  uint64_t fsid;
  static_assert(sizeof fsid == sizeof status.f_fsid);
  __builtin_memcpy(&fsid, &status.f_fsid, sizeof fsid);
  out.SetWord(kFsid, fsid);
  out.Set(kType, static_cast<double>(status.f_type));
  out.Set(kBsize, static_cast<double>(status.f_bsize));
  out.Set(kTotalBlocks, static_cast<double>(status.f_blocks));
  out.Set(kBfree, static_cast<double>(status.f_bfree));
  out.Set(kBavail, static_cast<double>(status.f_bavail));
  out.Set(kFiles, static_cast<double>(status.f_files));
  out.Set(kFfree, static_cast<double>(status.f_ffree));
  out.Set(kNamelen, static_cast<double>(status.f_namelen));
  out.Set(kFrsize, static_cast<double>(status.f_frsize));
  out.Set(kFlags, static_cast<double>(status.f_flags));
  return answer;
}

int64_t Statfs(const Path &path, const Slots<kStatfsSlots> &out) {
  struct statfs status;
  return FillStatfs(Kernel(__NR_statfs, path.get(), &status), status, out);
}

int64_t Fstatfs(int fd, const Slots<kStatfsSlots> &out) {
  struct statfs status;
  return FillStatfs(Kernel(__NR_fstatfs, fd, &status), status, out);
}

// With the real ids, and no flags.
int64_t Faccessat(int dirfd, const Path &path, int mode) { return Kernel(__NR_faccessat, dirfd, path.get(), mode); }

int64_t Faccessat2(int dirfd, const Path &path, int mode, int flags) {
  return Kernel(__NR_faccessat2, dirfd, path.get(), mode, flags);
}

int64_t Mkdirat(int dirfd, const Path &path, uint32_t mode) {
  return Kernel(__NR_mkdirat, dirfd, path.get(), mode);
}

int64_t Mknodat(int dirfd, const Path &path, uint32_t mode, uint32_t dev) {
  return Kernel(__NR_mknodat, dirfd, path.get(), mode, dev);
}

int64_t Symlinkat(const Path &target, int dirfd, const Path &path) {
  return Kernel(__NR_symlinkat, target.get(), dirfd, path.get());
}

int64_t Linkat(int from_dirfd, const Path &from, int to_dirfd, const Path &to, int flags) {
  return Kernel(__NR_linkat, from_dirfd, from.get(), to_dirfd, to.get(), flags);
}

int64_t Unlinkat(int dirfd, const Path &path, int flags) { return Kernel(__NR_unlinkat, dirfd, path.get(), flags); }

int64_t Renameat2(int from_dirfd, const Path &from, int to_dirfd, const Path &to, uint32_t flags) {
  return Kernel(__NR_renameat2, from_dirfd, from.get(), to_dirfd, to.get(), flags);
}

// No target is longer than PATH_MAX - 1 bytes.
Text Readlinkat(int dirfd, const Path &path) {
  Text target;
  target.length = Kernel(__NR_readlinkat, dirfd, path.get(), target.bytes, sizeof target.bytes);
  return target;
}

// Without flags, which this system call never had.
int64_t Fchmodat(int dirfd, const Path &path, uint32_t mode) {
  return Kernel(__NR_fchmodat, dirfd, path.get(), mode);
}

int64_t Fchmodat2(int dirfd, const Path &path, uint32_t mode, uint32_t flags) {
  return Kernel(__NR_fchmodat2, dirfd, path.get(), mode, flags);
}

int64_t Fchownat(int dirfd, const Path &path, uint32_t uid, uint32_t gid, int flags) {
  return Kernel(__NR_fchownat, dirfd, path.get(), uid, gid, flags);
}

int64_t Utimensat(int dirfd, const OptionalPath &path, int64_t atime_sec, int64_t atime_nsec, int64_t mtime_sec,
                  int64_t mtime_nsec, int flags) {
  const struct timespec times[2] = {{atime_sec, atime_nsec}, {mtime_sec, mtime_nsec}};
  return Kernel(__NR_utimensat, dirfd, path.get(), times, flags);
}

int64_t Truncate(const Path &path, int64_t length) { return Kernel(__NR_truncate, path.get(), length); }

// struct file_handle of fcntl.h, without its bytes.
struct HandleHead {
  uint32_t length;
  int32_t type;
};

constexpr size_t kMostHandleBytes = 128;

// Fills the buffer with a struct file_handle: lengths and types are the caller's to read.
int64_t NameToHandleAt(int dirfd, const Path &path, const Buffer &buffer, int flags) {
  alignas(HandleHead) uint8_t handle[sizeof(HandleHead) + kMostHandleBytes] = {};
  if (buffer.length() < sizeof handle) return -EOVERFLOW;
  const HandleHead room = {kMostHandleBytes, 0};
  __builtin_memcpy(handle, &room, sizeof room);
  int mount = 0;
  const int64_t answer = Kernel(__NR_name_to_handle_at, dirfd, path.get(), handle, &mount, flags);
  if (answer >= 0) std::copy(handle, handle + sizeof handle, buffer.data());
  return answer;
}

constexpr napi_property_descriptor kFunctions[] = {
    Export<Fstatat>("fstatat"),
    Export<Statfs>("statfs"),
    Export<Fstatfs>("fstatfs"),
    Export<Faccessat>("faccessat"),
    Export<Faccessat2>("faccessat2"),
    Export<Mkdirat>("mkdirat"),
    Export<Mknodat>("mknodat"),
    Export<Symlinkat>("symlinkat"),
    Export<Linkat>("linkat"),
    Export<Unlinkat>("unlinkat"),
    Export<Renameat2>("renameat2"),
    Export<Readlinkat>("readlinkat"),
    Export<Fchmodat>("fchmodat"),
    Export<Fchmodat2>("fchmodat2"),
    Export<Fchownat>("fchownat"),
    Export<Utimensat>("utimensat"),
    Export<Truncate>("truncate"),
    Export<NameToHandleAt>("name_to_handle_at"),
};

}  // namespace

napi_status DefineNameCalls(napi_env env, napi_value exports) { return Define(env, exports, kFunctions); }

}  // namespace graphdriver
