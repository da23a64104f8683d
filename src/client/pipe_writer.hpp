// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Writes to a descriptor that may block (a pipe, a terminal) on a thread of its own, so that the connection goes on
// being read.
#pragma once

#include "proto/bytes.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace cifra::client {

class PipeWriter {
  public:
    // `written` is called on the writer's thread after each piece.
    PipeWriter(int fd, std::function<void()> written);
    ~PipeWriter(); // does not wait for what is queued
    PipeWriter(const PipeWriter&) = delete;
    PipeWriter& operator=(const PipeWriter&) = delete;

    void push(ByteView bytes);
    std::uint64_t written() const; // bytes
    // 0, or the errno with which writing failed.
    int error() const;

  private:
    void run();
    const int fd_;
    const std::function<void()> told_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Bytes> queue_;
    std::uint64_t written_ = 0;
    int error_ = 0;
    bool stop_ = false;
    std::thread thread_;
};

} // namespace cifra::client
