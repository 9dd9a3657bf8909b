#include "tests/bench/subscribers.h"

#include <utility>

namespace goodstanding::bench {

Subscribers::Subscribers(const tools::Client& client, int count, int64_t position, bool read) {
  api::v1::SubscribeRequest request;
  request.set_after_position(position);
  request.set_stored_only(true);
  for (int i = 0; i < count; ++i) {
    grpc::ClientContext& context = *contexts_.emplace_back(std::make_unique<grpc::ClientContext>());
    Reader reader = client.history().Subscribe(&context, request);
    if (!read) {
      stalled_.push_back(std::move(reader));
      continue;
    }
    threads_.emplace_back([reader = std::move(reader)] {
      api::v1::SubscribeResponse response;
      while (reader->Read(&response)) {
      }
      reader->Finish();
    });
  }
}

Subscribers::~Subscribers() {
  for (const auto& context : contexts_) context->TryCancel();
  for (const Reader& reader : stalled_) {
    api::v1::SubscribeResponse response;
    while (reader->Read(&response)) {
    }
    reader->Finish();
  }
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace goodstanding::bench
