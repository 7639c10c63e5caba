// Mounting, by mount(2) and by the calls that came with Linux 5.2.
#include <algorithm>
#include <pthread.h>
#include <sched.h>

#include "function.h"
#include "kernel.h"
#include "module.h"

namespace graphdriver {

namespace {

int64_t Mount(const OptionalPath &source, const Path &target, const OptionalPath &type, uint32_t flags,
              const MountData &data) {
  return Kernel(__NR_mount, source.get(), target.get(), type.get(), flags, data.get());
}

struct MountFromArguments {
  const char *directory;
  const char *source;
  const char *target;
  const char *type;
  uint32_t flags;
  const char *data;
  int64_t answer;
};

void *MountInDirectory(void *pointer) {
  auto *arguments = static_cast<MountFromArguments *>(pointer);
  int64_t answer = Kernel(__NR_unshare, CLONE_FS);
  if (answer >= 0) answer = Kernel(__NR_chdir, arguments->directory);
  if (answer >= 0) {
    answer = Kernel(__NR_mount, arguments->source, arguments->target, arguments->type, arguments->flags,
                    arguments->data);
  }
  arguments->answer = answer;
  return nullptr;
}

// mount(2) with another working directory. Threads share one, so the call runs on a thread that first leaves that
// sharing; the thread inherits credentials and namespaces of the caller, which waits for it.
int64_t MountFrom(const Path &directory, const Path &source, const Path &target, const Path &type, uint32_t flags,
                  const MountData &data) {
  MountFromArguments arguments = {directory.get(), source.get(), target.get(), type.get(), flags, data.get(), 0};
  pthread_t thread;
  const int failed = pthread_create(&thread, nullptr, MountInDirectory, &arguments);
  if (failed != 0) return -failed;
  pthread_join(thread, nullptr);
  return arguments.answer;
}

int64_t Umount2(const Path &target, int flags) { return Kernel(__NR_umount2, target.get(), flags); }

int64_t Fsopen(const Path &type, uint32_t flags) { return Kernel(__NR_fsopen, type.get(), flags); }

int64_t Fspick(int dirfd, const Path &path, uint32_t flags) { return Kernel(__NR_fspick, dirfd, path.get(), flags); }

int64_t Fsconfig(int fd, uint32_t command, const OptionalPath &key, const OptionalPath &value, int aux) {
  return Kernel(__NR_fsconfig, fd, command, key.get(), value.get(), aux);
}

int64_t Fsmount(int fd, uint32_t flags, uint32_t attributes) { return Kernel(__NR_fsmount, fd, flags, attributes); }

int64_t MoveMount(int from_dirfd, const Path &from, int to_dirfd, const Path &to, uint32_t flags) {
  return Kernel(__NR_move_mount, from_dirfd, from.get(), to_dirfd, to.get(), flags);
}

int64_t OpenTree(int dirfd, const Path &path, uint32_t flags) {
  return Kernel(__NR_open_tree, dirfd, path.get(), flags);
}

// The most that a command of quotactl(2) reads or fills.
constexpr size_t kMostQuotaBytes = 512;

int64_t Quotactl(uint32_t command, const OptionalPath &device, uint32_t id, const Buffer &quota) {
  alignas(uint64_t) uint8_t bytes[kMostQuotaBytes] = {};
  if (quota.length() > sizeof bytes) return -EOVERFLOW;
  std::copy(quota.data(), quota.data() + quota.length(), bytes);
  const int64_t answer = Kernel(__NR_quotactl, command, device.get(), id, bytes);
  if (answer >= 0) std::copy(bytes, bytes + quota.length(), quota.data());
  return answer;
}

constexpr napi_property_descriptor kFunctions[] = {
    Export<Mount>("mount"),
    Export<MountFrom>("mountFrom"),
    Export<Umount2>("umount2"),
    Export<Fsopen>("fsopen"),
    Export<Fspick>("fspick"),
    Export<Fsconfig>("fsconfig"),
    Export<Fsmount>("fsmount"),
    Export<MoveMount>("move_mount"),
    Export<OpenTree>("open_tree"),
    Export<Quotactl>("quotactl"),
};

}  // namespace

napi_status DefineMountCalls(napi_env env, napi_value exports) { return Define(env, exports, kFunctions); }

}  // namespace graphdriver
