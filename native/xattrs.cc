// System calls on extended attributes: of a path, of a path whose last symlink is not followed (`l`), of a descriptor
// (`f`), and below a directory descriptor (`at`, since Linux 6.13). Values and lists fill the caller's buffer.
#include "function.h"
#include "kernel.h"
#include "module.h"

namespace graphdriver {

namespace {

// struct xattr_args of linux/xattr.h.
struct XattrArguments {
  uint64_t value;
  uint32_t size;
  uint32_t flags;
};

XattrArguments ArgumentsFor(const Buffer &value, uint32_t flags) {
  return {reinterpret_cast<uint64_t>(value.data()), static_cast<uint32_t>(value.length()), flags};
}

int64_t Getxattr(const Path &path, const XattrName &name, const Buffer &value) {
  return Kernel(__NR_getxattr, path.get(), name.get(), value.data(), value.length());
}

int64_t Lgetxattr(const Path &path, const XattrName &name, const Buffer &value) {
  return Kernel(__NR_lgetxattr, path.get(), name.get(), value.data(), value.length());
}

int64_t Fgetxattr(int fd, const XattrName &name, const Buffer &value) {
  return Kernel(__NR_fgetxattr, fd, name.get(), value.data(), value.length());
}

int64_t Getxattrat(int dirfd, const Path &path, uint32_t flags, const XattrName &name, const Buffer &value) {
  XattrArguments arguments = ArgumentsFor(value, 0);
  return Kernel(__NR_getxattrat, dirfd, path.get(), flags, name.get(), &arguments, sizeof arguments);
}

int64_t Setxattr(const Path &path, const XattrName &name, const Buffer &value, int flags) {
  return Kernel(__NR_setxattr, path.get(), name.get(), value.data(), value.length(), flags);
}

int64_t Lsetxattr(const Path &path, const XattrName &name, const Buffer &value, int flags) {
  return Kernel(__NR_lsetxattr, path.get(), name.get(), value.data(), value.length(), flags);
}

int64_t Fsetxattr(int fd, const XattrName &name, const Buffer &value, int flags) {
  return Kernel(__NR_fsetxattr, fd, name.get(), value.data(), value.length(), flags);
}

int64_t Setxattrat(int dirfd, const Path &path, uint32_t flags, const XattrName &name, const Buffer &value,
                   uint32_t xattr_flags) {
  XattrArguments arguments = ArgumentsFor(value, xattr_flags);
  return Kernel(__NR_setxattrat, dirfd, path.get(), flags, name.get(), &arguments, sizeof arguments);
}

int64_t Listxattr(const Path &path, const Buffer &list) {
  return Kernel(__NR_listxattr, path.get(), list.data(), list.length());
}

int64_t Llistxattr(const Path &path, const Buffer &list) {
  return Kernel(__NR_llistxattr, path.get(), list.data(), list.length());
}

int64_t Flistxattr(int fd, const Buffer &list) { return Kernel(__NR_flistxattr, fd, list.data(), list.length()); }

int64_t Listxattrat(int dirfd, const Path &path, uint32_t flags, const Buffer &list) {
  return Kernel(__NR_listxattrat, dirfd, path.get(), flags, list.data(), list.length());
}

int64_t Removexattr(const Path &path, const XattrName &name) {
  return Kernel(__NR_removexattr, path.get(), name.get());
}

int64_t Lremovexattr(const Path &path, const XattrName &name) {
  return Kernel(__NR_lremovexattr, path.get(), name.get());
}

int64_t Fremovexattr(int fd, const XattrName &name) { return Kernel(__NR_fremovexattr, fd, name.get()); }

int64_t Removexattrat(int dirfd, const Path &path, uint32_t flags, const XattrName &name) {
  return Kernel(__NR_removexattrat, dirfd, path.get(), flags, name.get());
}

constexpr napi_property_descriptor kFunctions[] = {
    Export<Getxattr>("getxattr"),
    Export<Lgetxattr>("lgetxattr"),
    Export<Fgetxattr>("fgetxattr"),
    Export<Getxattrat>("getxattrat"),
    Export<Setxattr>("setxattr"),
    Export<Lsetxattr>("lsetxattr"),
    Export<Fsetxattr>("fsetxattr"),
    Export<Setxattrat>("setxattrat"),
    Export<Listxattr>("listxattr"),
    Export<Llistxattr>("llistxattr"),
    Export<Flistxattr>("flistxattr"),
    Export<Listxattrat>("listxattrat"),
    Export<Removexattr>("removexattr"),
    Export<Lremovexattr>("lremovexattr"),
    Export<Fremovexattr>("fremovexattr"),
    Export<Removexattrat>("removexattrat"),
};

}  // namespace

napi_status DefineXattrCalls(napi_env env, napi_value exports) { return Define(env, exports, kFunctions); }

}  // namespace graphdriver
