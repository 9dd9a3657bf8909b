// Work brought to a loop's thread from another one.
#ifndef GOODSTANDING_SERVICES_LOOP_TASK_H_
#define GOODSTANDING_SERVICES_LOOP_TASK_H_

#include <functional>
#include <memory>
#include <utility>

#include "grpcpp/alarm.h"
#include "services/rpc.h"

namespace goodstanding::services {

// Runs `work` once on the loop of `queue`, then ends. Thread-safe; before the queue is shut down.
class LoopTask final : public Event {
 public:
  static void Post(grpc::CompletionQueue* queue, std::function<void()> work) {
    auto* const task = new LoopTask(std::move(work));
    task->alarm_.Set(queue, gpr_time_0(GPR_CLOCK_MONOTONIC), task);
  }

  void Proceed(bool) override {
    work_();
    delete this;
  }

 private:
  explicit LoopTask(std::function<void()> work) : work_(std::move(work)) {}

  const std::function<void()> work_;
  grpc::Alarm alarm_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_LOOP_TASK_H_
