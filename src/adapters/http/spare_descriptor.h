#pragma once

namespace orc {

// SpareDescriptor holds one file descriptor, so that a connection can be taken and closed at once when no other is left:
// a client that waits in the backlog for ever would be worse off, and accept() would report it again and again.
// Not thread-safe.
class SpareDescriptor {
 public:
  SpareDescriptor() { take(); }
  ~SpareDescriptor() { give_up(); }
  SpareDescriptor(const SpareDescriptor&) = delete;
  SpareDescriptor& operator=(const SpareDescriptor&) = delete;

  // Tries to hold one again.
  void take();
  // Closes it. False if none was held.
  bool give_up();

 private:
  int descriptor_ = -1;
};

}  // namespace orc
