#!/usr/bin/env bash
# make_stubs.sh FOLDER: generates in FOLDER what the examples import. Debian packages:
# protobuf-compiler protobuf-compiler-grpc golang-github-gogo-googleapis-dev (google/rpc/*.proto).
set -euo pipefail
proto=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../proto" && pwd)
readonly GOOGLE=/usr/share/gocode/src/github.com/gogo/googleapis
mkdir -p "$1"
stubs=$(cd "$1" && pwd)
cd "$proto"
protoc -I . --python_out="$stubs" --grpc_out="$stubs" \
  --plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin goodstanding/{type,event,api}/v1/*.proto
# As descriptors: a generated package "google" would hide the one of python3-protobuf.
protoc -I "$GOOGLE" --include_imports --descriptor_set_out="$stubs/refusal.binpb" \
  google/rpc/status.proto google/rpc/error_details.proto
