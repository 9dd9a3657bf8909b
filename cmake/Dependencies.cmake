# The Debian 12 packages that the project stands on. Found here once, used by name below.
find_package(Threads REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Protobuf REQUIRED)  # Debian ships the module, not the config, of Protobuf 3.21.
find_package(gRPC CONFIG REQUIRED)
find_package(RocksDB CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(GTest CONFIG REQUIRED)
find_package(benchmark CONFIG REQUIRED)
find_package(rapidcheck CONFIG REQUIRED)

# The distribution's interpreter, which sees the python3-grpcio and python3-protobuf packages; one
# that stands earlier on PATH may not.
find_program(GOODSTANDING_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
