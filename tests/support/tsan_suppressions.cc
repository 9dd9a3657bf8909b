// What ThreadSanitizer reports wrongly where a test serves the callback API.
//
// gRPC hands calls from thread to thread under locks inside the packaged library, which is not
// instrumented, while the code that touches them is inlined from its headers into ours, which is.
// So each such hand-over looks like a race. A race is still reported unless one of its two stacks
// runs inside gRPC: our callbacks must do no more than take a lock of ours and leave a note.
extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() { return "race:grpc::\n"; }
