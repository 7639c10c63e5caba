// The files of the addon, each with its share of the exports.
#pragma once

#include <node_api.h>

namespace graphdriver {

napi_status DefineDescriptorCalls(napi_env env, napi_value exports);
napi_status DefineNameCalls(napi_env env, napi_value exports);
napi_status DefineXattrCalls(napi_env env, napi_value exports);
napi_status DefineMountCalls(napi_env env, napi_value exports);
napi_status DefineProcessCalls(napi_env env, napi_value exports);

template <size_t Count>
napi_status Define(napi_env env, napi_value exports, const napi_property_descriptor (&functions)[Count]) {
  return napi_define_properties(env, exports, Count, functions);
}

}  // namespace graphdriver
