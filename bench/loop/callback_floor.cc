// Callbacks on the floor: a chunked queue of 64-byte slots and one indirect call.
#include "weft/bench/common/floor_queue.h"
#include "weft/bench/loop/callback_subjects.h"

int main(int argc, char** argv) {
  using namespace weft::bench;
  add("tick_burst", callbackBurst<FloorQueue>);
  add("tick_chain", callbackChain<FloorQueue>);
  add("immediate_burst", callbackBurst<FloorQueue>);
  return run(argc, argv);
}
