// Makes a JavaScript function of a C++ function: the types of its parameters say how to read the arguments, the type of
// its answer how to return it. All of Node-API that a system call passes through is here and in arguments.cc.
#pragma once

#include <cerrno>
#include <tuple>
#include <utility>

#include "arguments.h"

namespace graphdriver {

// A byte string as an answer, or the negative errno in `length`.
struct Text {
  int64_t length;
  char bytes[4096];
};

// How a parameter of a given type is read and kept for the time of the call.
template <typename Parameter>
struct Argument {
  explicit Argument(Source source) : value(source) {}
  Parameter value;
};

template <>
struct Argument<int> {
  explicit Argument(Source source) : value(static_cast<int>(source.reader.Word32(source.value, source.index))) {}
  int value;
};

template <>
struct Argument<uint32_t> {
  explicit Argument(Source source) : value(static_cast<uint32_t>(source.reader.Word32(source.value, source.index))) {}
  uint32_t value;
};

template <>
struct Argument<int64_t> {
  explicit Argument(Source source) : value(source.reader.Word64(source.value, source.index)) {}
  int64_t value;
};

inline napi_value ToJavaScript(napi_env env, int64_t number) {
  napi_value value = nullptr;
  if (number == static_cast<int32_t>(number)) {
    napi_create_int32(env, static_cast<int32_t>(number), &value);
  } else {
    napi_create_int64(env, number, &value);
  }
  return value;
}

inline napi_value ToJavaScript(napi_env env, const Text &text) {
  if (text.length < 0) return ToJavaScript(env, text.length);
  napi_value value = nullptr;
  napi_create_string_latin1(env, text.bytes, static_cast<size_t>(text.length), &value);
  return value;
}

template <auto Call>
struct Function;

template <typename Answer, typename... Parameters, Answer (*Call)(Parameters...)>
struct Function<Call> {
  static napi_value Invoke(napi_env env, napi_callback_info info) {
    return Invoke(env, info, std::index_sequence_for<Parameters...>());
  }

 private:
  template <size_t... Index>
  static napi_value Invoke(napi_env env, napi_callback_info info, std::index_sequence<Index...>) {
    // Node-API fills the values of missing arguments with `undefined` and drops excess ones.
    size_t count = sizeof...(Parameters);
    napi_value values[sizeof...(Parameters) + 1];
    if (napi_get_cb_info(env, info, &count, values, nullptr, nullptr) != napi_ok) return nullptr;
    [[maybe_unused]] Reader reader(env);
    [[maybe_unused]] std::tuple<Argument<std::decay_t<Parameters>>...> arguments(Source{reader, values[Index], Index}...);
    if (reader.thrown()) return nullptr;
    if (reader.refusal() != 0) return ToJavaScript(env, reader.refusal());
    return ToJavaScript(env, Call(std::get<Index>(arguments).value...));
  }
};

// The property of the module's exports that calls `Call`.
template <auto Call>
constexpr napi_property_descriptor Export(const char *name) {
  return {name, nullptr, Function<Call>::Invoke, nullptr, nullptr, nullptr, napi_enumerable, nullptr};
}

}  // namespace graphdriver
