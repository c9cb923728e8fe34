// libuv's thread pool: uv_queue_work, with a request allocated for each job.
#include <uv.h>

#include <memory>
#include <utility>

#include "weft/bench/loop/pool_subject.h"

namespace weft::bench {
namespace {

class Pool {
 public:
  Pool() { uv_loop_init(&loop_); }
  ~Pool() { uv_loop_close(&loop_); }

  template <class Work, class Done>
  void submit(Work work, Done done) {
    using Job = JobOf<Work, Done>;
    auto* job = new Job{{}, std::move(work), std::move(done)};
    job->request.data = job;
    uv_queue_work(
        &loop_, &job->request, [](uv_work_t* request) { static_cast<Job*>(request->data)->work(); },
        [](uv_work_t* request, int) {
          const std::unique_ptr<Job> finished(static_cast<Job*>(request->data));
          finished->done();
        });
  }

  void run() { uv_run(&loop_, UV_RUN_DEFAULT); }

 private:
  template <class Work, class Done>
  struct JobOf {
    uv_work_t request;
    Work work;
    Done done;
  };

  uv_loop_t loop_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runPoolSubject<weft::bench::Pool>(argc, argv);
}
