#include "weft/tests/conformance/model_loop.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace weft::conformance {
namespace {

bool isEarlier(const JobPtr& a, const JobPtr& b) { return a->deadline < b->deadline; }

}  // namespace

ModelLoop::ModelLoop(ModelContexts* contexts, std::function<void(std::int64_t)> ended)
    : contexts_(*contexts), ended_(std::move(ended)) {}

JobPtr ModelLoop::add(Queue queue, std::function<void()> callback, std::int64_t ms, int turns) {
  auto job = std::make_shared<Job>();
  job->callback = std::move(callback);
  job->frame = contexts_.capture();
  job->ms = ms;
  job->turns = turns;
  job->deadline = now_ + ms;
  switch (queue) {
    case Queue::kTick:
      ticks_.push_back(job);
      break;
    case Queue::kWork:
      work_.push_back(job);
      break;
    case Queue::kImmediate:
      immediates_.push_back(job);
      break;
    case Queue::kTimer:
      timers_.push_back(job);
      break;
  }
  return job;
}

void ModelLoop::clear(const JobPtr& job) {
  job->pending = false;
  std::erase(timers_, job);
  job->frame.clear();
}

void ModelLoop::run() {
  drain();
  while (!timers_.empty() || !work_.empty() || !immediates_.empty()) {
    runTimers();
    runRound(work_);
    if (work_.empty() && immediates_.empty() && !timers_.empty()) {
      const JobPtr& next = *std::min_element(timers_.begin(), timers_.end(), isEarlier);
      now_ = std::max(now_, next->deadline);
      continue;
    }
    runRound(immediates_);
  }
}

void ModelLoop::drain() {
  for (;;) {
    if (!ticks_.empty()) {
      const JobPtr job = ticks_.front();
      ticks_.pop_front();
      runJob(*job);
    } else if (const std::optional<std::int64_t> label = contexts_.takeEnd()) {
      ended_(*label);
    } else {
      return;
    }
  }
}

void ModelLoop::runRound(std::deque<JobPtr>& queue) {
  std::deque<JobPtr> round = std::move(queue);
  queue.clear();
  for (JobPtr& job : round) {
    if (job->pending) runJob(*job);
    job.reset();
    drain();
  }
}

// What is due when the phase begins, in the order of deadlines, equal ones as they were armed.
void ModelLoop::runTimers() {
  std::vector<JobPtr> due, later;
  for (JobPtr& job : timers_) (job->deadline <= now_ ? due : later).push_back(std::move(job));
  timers_ = std::move(later);
  std::stable_sort(due.begin(), due.end(), isEarlier);
  for (JobPtr& job : due) {
    if (!job->pending) continue;
    const bool last = --job->turns <= 0;
    if (last) job->pending = false;
    runJob(*job, /*again=*/!last);
    if (job->pending) {
      job->deadline = now_ + job->ms;
      timers_.push_back(job);
    }
    job.reset();
    drain();
  }
}

void ModelLoop::runJob(Job& job, bool again) {
  if (!again) job.pending = false;
  contexts_.runCallback(job.frame, job.callback);
  if (!job.pending) job.frame.clear();
}

}  // namespace weft::conformance
