#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace orc {

// Writes tars by hand for tests, the hostile ones too that no tool would make: ustar headers with whatever they are told.
class TarText {
 public:
  struct Header {
    std::string path;
    char type = '0';  // 0 file, 1 hard link, 2 symlink, 3 and 4 devices, 5 folder, 6 fifo, x and g extended headers
    std::string link_target = {};
    unsigned mode = 0644;
    std::size_t claimed_size = 0;  // of `add` with bytes: theirs
  };

  TarText& add(Header header, std::string_view bytes = {}) {
    if (!bytes.empty()) header.claimed_size = bytes.size();
    append_header(header);
    text_ += bytes;
    text_.append((512 - bytes.size() % 512) % 512, '\0');
    return *this;
  }
  TarText& file(std::string path, std::string_view bytes = "x") { return add({.path = std::move(path)}, bytes); }
  std::string done() const { return text_ + std::string(1024, '\0'); }

 private:
  static void put(std::string& block, std::size_t at, std::string_view text) { block.replace(at, text.size(), text); }
  static std::string octal(std::size_t number, std::size_t digits) {
    std::string text(digits, '0');
    for (std::size_t i = digits; i-- > 0; number /= 8) text[i] = static_cast<char>('0' + number % 8);
    return text;
  }
  void append_header(const Header& header) {
    std::string block(512, '\0');
    put(block, 0, header.path.substr(0, 100));
    put(block, 100, octal(header.mode, 7));
    put(block, 108, octal(0, 7));
    put(block, 116, octal(0, 7));
    put(block, 124, octal(header.claimed_size, 11));
    put(block, 136, octal(0, 11));
    put(block, 148, "        ");
    block[156] = header.type;
    put(block, 157, header.link_target.substr(0, 100));
    put(block, 257, std::string_view("ustar\00000", 8));
    std::size_t sum = 0;
    for (const unsigned char byte : block) sum += byte;
    put(block, 148, octal(sum, 6) + std::string("\0 ", 2));
    text_ += block;
  }

  std::string text_;
};

}  // namespace orc
