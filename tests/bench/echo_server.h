// The floor: a server of the same shape as ours that does nothing.
#ifndef GOODSTANDING_TESTS_BENCH_ECHO_SERVER_H_
#define GOODSTANDING_TESTS_BENCH_ECHO_SERVER_H_

namespace goodstanding::bench {

// Serves EchoService on a free port of the loopback, written to standard output as `goodstanding
// serve` does, until SIGTERM. Returns the exit code.
int RunEchoServer();

// The same for the streams of pages.
int RunPageServer();

}  // namespace goodstanding::bench

#endif  // GOODSTANDING_TESTS_BENCH_ECHO_SERVER_H_
