#include "services/principal.h"

namespace goodstanding::services {

const Principal& Anonymous() {
  static const Principal* const anonymous = [] {
    auto* const principal = new Principal;
    principal->actor.set_issuer("none");
    principal->actor.set_subject("anonymous");
    principal->may_backdate = true;
    principal->may_post_for_board = true;
    principal->may_document = true;
    principal->may_ask_for_past_letters = true;
    return principal;
  }();
  return *anonymous;
}

}  // namespace goodstanding::services
