# How everything is compiled and linked.

find_program(GOODSTANDING_CCACHE ccache)
if(GOODSTANDING_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      "${CMAKE_CURRENT_LIST_DIR}/compile_with_ccache.sh" "${GOODSTANDING_CCACHE}")
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()

find_program(GOODSTANDING_MOLD mold)
if(GOODSTANDING_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# The presets of the sanitizers, which are built whole more often than in part, compile so many files
# as one: most of the time goes into headers. A file whose own names clash with another's stays alone
# (SKIP_UNITY_BUILD_INCLUSION).
set(CMAKE_UNITY_BUILD_BATCH_SIZE 6)

# The whole tree, generated code included, is compiled with the sanitizers: a mixed build is blind.
set(GOODSTANDING_SANITIZE "" CACHE STRING "Comma-separated list for -fsanitize=, or empty")
if(GOODSTANDING_SANITIZE)
  add_compile_options(-fsanitize=${GOODSTANDING_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${GOODSTANDING_SANITIZE})
  if(GOODSTANDING_SANITIZE MATCHES "undefined")
    # Both checks are at each use of a pointer and cost a quarter of a build. AddressSanitizer stops
    # at a null pointer too.
    add_compile_options(-fno-sanitize=null,vptr)
  endif()
endif()

# The allocator of the programs. glibc's takes a third of the processor time of a server under load.
# The sanitizers bring their own.
add_library(gs_allocator INTERFACE)
if(NOT GOODSTANDING_SANITIZE)
  find_library(GOODSTANDING_JEMALLOC jemalloc REQUIRED)
  target_link_libraries(gs_allocator INTERFACE "${GOODSTANDING_JEMALLOC}")
endif()

# What our own targets link as PRIVATE gs_options. Generated code does not.
add_library(gs_options INTERFACE)
target_compile_options(gs_options INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wnon-virtual-dtor -Werror)
if(CMAKE_UNITY_BUILD)
  # A local name can look like one of another file.
  target_compile_options(gs_options INTERFACE -Wno-shadow)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 finds these in std::string itself.
  target_compile_options(gs_options INTERFACE
    -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(GOODSTANDING_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC reports the instrumentation's own variables.
  target_compile_options(gs_options INTERFACE -Wno-maybe-uninitialized)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Clang blames us for what std::stable_sort of GCC 12's library uses itself.
  target_compile_options(gs_options INTERFACE -Wno-deprecated-declarations)
endif()
