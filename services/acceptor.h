// Accepts connections, up to a number, and hands them to gRPC.
//
// gRPC 1.51 has no limit of its own: it accepts until the process has no file left, and then stops
// to listen for good. Here a connection above the limit is closed at once, and the next one is
// taken as soon as one has ended.
#ifndef GOODSTANDING_SERVICES_ACCEPTOR_H_
#define GOODSTANDING_SERVICES_ACCEPTOR_H_

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "grpcpp/server_builder.h"

namespace goodstanding::services {

// Thread-safe once started.
class Acceptor {
 public:
  // Listens on "HOST:PORT", every address that it names; port 0 picks a free one. Of the files that
  // the process may open 512 are kept for other things, or half of them where they are fewer than
  // 1024, and connections get no more than the rest. UNAVAILABLE where it cannot listen.
  static absl::StatusOr<std::unique_ptr<Acceptor>> Listen(const std::string& address,
                                                          int max_connections);
  // Stops.
  ~Acceptor();

  int port() const { return port_; }
  // At most so many are open at once.
  int max_connections() const { return max_connections_; }

  // Begins to accept. A peer that does not acknowledge bytes for so long loses its connection.
  void Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> server,
             std::chrono::milliseconds unacknowledged);
  // Listens no more. What was accepted stays.
  void Stop();

  // Open connections. Cost: a system call for each.
  int64_t CountOpen();
  // Closed for the limit since the start.
  int64_t refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  explicit Acceptor(int max_connections);

  absl::Status Bind(const std::string& host, const std::string& port);
  void Run();
  void AcceptOn(int listener);
  // Closes a connection for which there is no file descriptor.
  void RefuseWithSpare(int listener);
  bool HasRoom();
  int64_t Sweep() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int max_connections_;
  int port_ = 0;
  std::vector<int> listeners_;
  int stop_ = -1;   // An event: readable once it is to stop.
  int spare_ = -1;  // A file that can be given up where there are none left.
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> server_;
  std::chrono::milliseconds unacknowledged_{0};
  std::atomic<int64_t> refused_ = 0;

  Mutex mutex_;
  // What was handed to gRPC, by file descriptor, with the number of the socket behind it. gRPC says
  // nothing when it closes one: then the descriptor is of nothing, or of another socket.
  std::map<int, ino_t> handed_over_ ABSL_GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point swept_ ABSL_GUARDED_BY(mutex_);

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_ACCEPTOR_H_
