// JavaScript values as the arguments of system calls. A value of the wrong type is a thrown TypeError; a string that holds
// a NUL, or a character that is no byte, makes the call answer -EINVAL without reaching the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <node_api.h>

namespace graphdriver {

// Reads the arguments of one call and remembers whether one of them was refused.
class Reader {
 public:
  explicit Reader(napi_env env) : env_(env) {}
  Reader(const Reader &) = delete;

  // A TypeError is pending; the call must not be made.
  bool thrown() const { return thrown_; }
  // 0, or the negative errno to answer instead of making the call.
  int64_t refusal() const { return refusal_; }

  // An integer that fits in 32 bits, signed or unsigned: flags come from JavaScript as either.
  int64_t Word32(napi_value value, size_t index);
  // An integer that a double holds exactly.
  int64_t Word64(napi_value value, size_t index);
  bool IsUndefined(napi_value value) const;
  // Copies at most `room` - 1 bytes of a byte string to `bytes`, and a NUL. A longer string arrives cut, still longer than
  // the kernel allows, so that the kernel refuses it. `units` is scratch space of `room` elements.
  void String(napi_value value, size_t index, char16_t *units, char *bytes, size_t room);
  void Bytes(napi_value value, size_t index, uint8_t **data, size_t *length);
  // A Float64Array of at least `count` elements.
  double *Slots(napi_value value, size_t index, size_t count);

 private:
  void Throw(size_t index, const char *expected);
  double Integer(napi_value value, size_t index, double least, double most, const char *expected);

  napi_env env_;
  bool thrown_ = false;
  int64_t refusal_ = 0;
};

// Where an argument comes from.
struct Source {
  Reader &reader;
  napi_value value;
  size_t index;
};

// A byte string, NUL-terminated, of which at most `Longest` bytes matter to the kernel.
template <size_t Longest>
class ByteString {
 public:
  explicit ByteString(Source source) {
    char16_t units[Longest + 1];
    source.reader.String(source.value, source.index, units, bytes_, sizeof bytes_);
  }
  ByteString(const ByteString &) = delete;

  const char *get() const { return bytes_; }

 private:
  char bytes_[Longest + 1];
};

// A byte string, or `undefined` for a null pointer.
template <size_t Longest>
class OptionalByteString {
 public:
  explicit OptionalByteString(Source source) : present_(!source.reader.IsUndefined(source.value)) {
    if (!present_) return;
    char16_t units[Longest + 1];
    source.reader.String(source.value, source.index, units, bytes_, sizeof bytes_);
  }
  OptionalByteString(const OptionalByteString &) = delete;

  const char *get() const { return present_ ? bytes_ : nullptr; }

 private:
  bool present_;
  char bytes_[Longest + 1];
};

// PATH_MAX counts the NUL: 4096 bytes are already ENAMETOOLONG (or EINVAL, from mount(2) and fsconfig(2)).
using Path = ByteString<4096>;
using OptionalPath = OptionalByteString<4096>;
// XATTR_NAME_MAX is 255: 256 bytes are already ERANGE.
using XattrName = ByteString<256>;
// mount(2) copies one page, which is 64 KiB at most.
using MountData = OptionalByteString<65536>;

// A Uint8Array of the caller's, read or filled in place.
class Buffer {
 public:
  explicit Buffer(Source source) { source.reader.Bytes(source.value, source.index, &data_, &length_); }

  uint8_t *data() const { return data_; }
  size_t length() const { return length_; }

 private:
  uint8_t *data_ = nullptr;
  size_t length_ = 0;
};

// A Float64Array of the caller's for a fixed number of answers. Those that need all 64 bits are stored as integers in
// their slot, where the caller's BigUint64Array over the same memory reads them.
template <size_t Count>
class Slots {
 public:
  explicit Slots(Source source) : slots_(source.reader.Slots(source.value, source.index, Count)) {}

  void Set(size_t slot, double number) const { slots_[slot] = number; }
  void SetWord(size_t slot, uint64_t word) const { __builtin_memcpy(&slots_[slot], &word, sizeof word); }

 private:
  double *slots_;
};

}  // namespace graphdriver
