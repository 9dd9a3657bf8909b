// What ThreadSanitizer reports wrongly where a test talks to a gRPC server.
//
// gRPC hands calls, and in process their bytes too, from thread to thread under locks inside the
// packaged library, which is not instrumented, while the code that touches them is inlined from the
// headers of gRPC and Protocol Buffers into ours, which is. So each such hand-over looks like a
// race. A race is still reported unless one of its two stacks is inside gRPC or parses a message.
extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
  return "race:grpc::\n"
         "race:google::protobuf::internal::ReadTag\n";
}
