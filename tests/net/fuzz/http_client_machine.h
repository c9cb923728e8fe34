// One host of an http::Agent as a state machine: the bytes of a server, the places where they are
// cut, time that goes by, and what users and the server may do meanwhile, all from one input.
//
// The input's front is what the server sends, on whichever connection it accepted last; its end is
// a program: the last byte tells how many bytes in front of it are steps. What must hold, whatever
// the input (a violation aborts):
//
//   - A response that ends is what a parser finds in those bytes at the place of its request, as a
//     whole: none of another request's, none that is cut short.
//   - Each request and each response is closed once, and nothing comes after that.
//   - A request has a response, a tunnel or an error, or was destroyed by its user.
//   - When time has gone by nothing is left.

#ifndef WEFT_TESTS_NET_FUZZ_HTTP_CLIENT_MACHINE_H_
#define WEFT_TESTS_NET_FUZZ_HTTP_CLIENT_MACHINE_H_

#include <string_view>

namespace weft::net {

void fuzzClient(std::string_view input);

}  // namespace weft::net

#endif  // WEFT_TESTS_NET_FUZZ_HTTP_CLIENT_MACHINE_H_
