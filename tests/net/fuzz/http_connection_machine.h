// One connection of an HttpServer as a state machine: bytes, the places where they are cut, time
// that goes by, and what handlers and clients may do meanwhile, all from one input.
//
// The input's front is what the client sends, its end a program: the last byte tells how many bytes
// in front of it are steps. What must hold, whatever the input (a violation aborts):
//
//   - Handlers get the requests that a parser finds in those bytes, in order, none twice and none
//     behind a message that was refused; and `end` only with the whole body.
//   - Each request, response and connection is closed once, and nothing comes after that.
//   - The client gets well-formed responses in the order of its requests, each with its own body.
//   - When time has gone by nothing is left.

#ifndef WEFT_TESTS_NET_FUZZ_HTTP_CONNECTION_MACHINE_H_
#define WEFT_TESTS_NET_FUZZ_HTTP_CONNECTION_MACHINE_H_

#include <string_view>

namespace weft::net {

void fuzzConnection(std::string_view input);

}  // namespace weft::net

#endif  // WEFT_TESTS_NET_FUZZ_HTTP_CONNECTION_MACHINE_H_
