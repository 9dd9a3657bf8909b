// Programs that follow the log, as the board's other services do.
#ifndef GOODSTANDING_TESTS_BENCH_SUBSCRIBERS_H_
#define GOODSTANDING_TESTS_BENCH_SUBSCRIBERS_H_

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "grpcpp/grpcpp.h"
#include "tools/client.h"

namespace goodstanding::bench {

// Live subscriptions; they end with the object.
class Subscribers {
 public:
  // `count` subscriptions behind `position`, events as stored. Those that read have a thread each;
  // the others never take a response.
  Subscribers(const tools::Client& client, int count, int64_t position, bool read);
  ~Subscribers();

 private:
  using Reader = std::unique_ptr<grpc::ClientReader<api::v1::SubscribeResponse>>;

  std::vector<std::unique_ptr<grpc::ClientContext>> contexts_;
  std::vector<Reader> stalled_;
  std::vector<std::thread> threads_;
};

}  // namespace goodstanding::bench

#endif  // GOODSTANDING_TESTS_BENCH_SUBSCRIBERS_H_
