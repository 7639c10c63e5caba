{
  "targets": [
    {
      "target_name": "graphdriver",
      "sources": [
        "module.cc",
        "arguments.cc",
        "descriptors.cc",
        "names.cc",
        "xattrs.cc",
        "mounts.cc",
        "process.cc",
      ],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_DISABLE_DEPRECATED", "NAPI_DISABLE_CPP_EXCEPTIONS"],
      "cflags": ["-Wall", "-Wextra", "-fvisibility=hidden"],
      "configurations": {
        # `node-gyp build --debug` is the build that test:asan runs: native/build/Debug, with the sanitizers.
        "Debug": {
          "cflags": ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer"],
          "ldflags": ["-fsanitize=address,undefined"],
        },
      },
    },
  ],
}
