#include "module.h"

#include <napi.h>

namespace graphdriver {

namespace {

Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  for (auto *define : {DefineDescriptorCalls, DefineNameCalls, DefineXattrCalls, DefineMountCalls, DefineProcessCalls}) {
    NAPI_THROW_IF_FAILED(env, define(env, exports), exports);
  }
  return exports;
}

NODE_API_MODULE(graphdriver, Initialize)

}  // namespace

}  // namespace graphdriver
