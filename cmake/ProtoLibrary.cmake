# gs_proto_sources(<out-var> IMPORT_ROOT <dir> [GRPC] PROTOS <path>... [DEPENDS <file>...])
#
# Generates C++ from the protos, whose paths are relative to their import root, into
# GOODSTANDING_GENERATED_DIR, and sets <out-var> to the generated files. DEPENDS: what they import. (CMake's own
# protobuf_generate() mangles the output paths of protos outside the source tree.)

set(GOODSTANDING_GENERATED_DIR "${PROJECT_BINARY_DIR}/generated")
file(MAKE_DIRECTORY "${GOODSTANDING_GENERATED_DIR}")

function(gs_proto_sources out_var)
  cmake_parse_arguments(PARSE_ARGV 1 arg "GRPC" "IMPORT_ROOT" "PROTOS;DEPENDS")
  set(includes)
  foreach(root IN LISTS GOODSTANDING_PROTO_ROOTS)
    list(APPEND includes "-I${root}")
  endforeach()
  set(generated)
  foreach(proto IN LISTS arg_PROTOS)
    string(REGEX REPLACE "\\.proto$" "" stem "${GOODSTANDING_GENERATED_DIR}/${proto}")
    set(outputs "${stem}.pb.cc" "${stem}.pb.h")
    set(plugin)
    if(arg_GRPC)
      list(APPEND outputs "${stem}.grpc.pb.cc" "${stem}.grpc.pb.h")
      set(plugin "--grpc_out=${GOODSTANDING_GENERATED_DIR}"
                 "--plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>")
    endif()
    add_custom_command(
      OUTPUT ${outputs}
      COMMAND protobuf::protoc ${includes} "--cpp_out=${GOODSTANDING_GENERATED_DIR}" ${plugin}
              "${proto}"
      DEPENDS "${arg_IMPORT_ROOT}/${proto}" ${arg_DEPENDS}
      COMMENT "Generating C++ from ${proto}"
      VERBATIM)
    list(APPEND generated ${outputs})
  endforeach()
  set(${out_var} ${generated} PARENT_SCOPE)
endfunction()

# gs_proto_library(<target> SOURCES <generated>...): a static library of generated code, whose
# headers are system headers to those who include them.
function(gs_proto_library target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES")
  add_library(${target} STATIC ${arg_SOURCES})
  target_compile_options(${target} PRIVATE -w)
  set_target_properties(${target} PROPERTIES UNITY_BUILD OFF)  # Each file has names of the others.
  if(GOODSTANDING_SANITIZE MATCHES "undefined")
    # Of a mistake here protoc is the author, and its check costs more than the code.
    target_compile_options(${target} PRIVATE -fno-sanitize=undefined)
  endif()
  target_include_directories(${target} SYSTEM PUBLIC "${GOODSTANDING_GENERATED_DIR}")
  target_link_libraries(${target} PUBLIC protobuf::libprotobuf Threads::Threads)
endfunction()
