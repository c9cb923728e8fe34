// What weft's network code publishes, for tools that count, trace or log; see weft/loop/channel.h.
//
//   auto counting = net::kHttpRequestStart.subscribe(
//       [&](const RequestPtr& request, const ResponsePtr& response) {
//         ++requests;
//         response->on(kFinish, [&] { ++answers; });
//       });

#ifndef WEFT_NET_CHANNELS_H_
#define WEFT_NET_CHANNELS_H_

#include "weft/loop/channel.h"
#include "weft/net/http_request.h"
#include "weft/net/http_response.h"

namespace weft::net {

// A server has a request and is about to hand it to its handler.
inline constinit loop::Channel<const RequestPtr&, const ResponsePtr&> kHttpRequestStart{
    "weft.http.request.start"};

}  // namespace weft::net

#endif  // WEFT_NET_CHANNELS_H_
