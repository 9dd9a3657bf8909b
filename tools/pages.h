// Lists of any length: every page of them.
#ifndef GOODSTANDING_TOOLS_PAGES_H_
#define GOODSTANDING_TOOLS_PAGES_H_

#include "grpcpp/client_context.h"
#include "tools/client.h"

namespace goodstanding::tools {

// Calls a list method page by page, 1,000 entries each, and hands each page to `take`, a function
// of the response that says whether to go on. Each page has a deadline of ten minutes: under an
// earlier knowledge the server may have to replay every stream for it.
template <typename Stub, typename Request, typename Response, typename Take>
grpc::Status ForEachPage(Stub& stub,
                         grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                      Response*),
                         Request request, const Take& take) {
  constexpr int kPageSize = 1000;
  request.set_page_size(kPageSize);
  while (true) {
    grpc::ClientContext context;
    SetTimeout(absl::Minutes(10), context);
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) return status;
    if (!take(response) || response.next_page_token().empty()) return grpc::Status::OK;
    request.set_page_token(response.next_page_token());
  }
}

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_PAGES_H_
