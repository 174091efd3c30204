#include "adapters/image/layer_unpacker.h"

#include <cstdlib>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "adapters/package/tar_text.h"
#include "adapters/system/file_text.h"

namespace orc {
namespace {

namespace fs = std::filesystem;
using Header = TarText::Header;
using testing::HasSubstr;

// A root folder beside a file that no image may touch.
class LayerUnpackerTest : public testing::Test {
 protected:
  LayerUnpackerTest() {
    std::string name = (fs::temp_directory_path() / "orc-layer-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    fs::create_directory(root());
    EXPECT_TRUE(write_file(folder_ / "outside", "untouched", 0644));
  }
  ~LayerUnpackerTest() override {
    EXPECT_EQ(read_file(folder_ / "outside", 100), "untouched");
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 2) << "something was made outside";
    fs::remove_all(folder_);
  }

  fs::path root() const { return folder_ / "root"; }

  Result<void> unpack(const TarText& tar) {
    auto tree = ImageTree::open(root());
    if (!tree) return pass_on(tree);
    return unpack_layer(tar.done(), *tree, limits_, amount_);
  }
  void must(const TarText& tar) {
    const auto unpacked = unpack(tar);
    EXPECT_TRUE(unpacked) << unpacked.error().message;
  }
  std::string text(const std::string& path) { return read_file(root() / path, 1000).value_or("absent"); }
  bool exists(const std::string& path) { return fs::exists(fs::symlink_status(root() / path)); }

  fs::path folder_;
  ImageLimits limits_;
  UnpackedAmount amount_;
};

TEST_F(LayerUnpackerTest, later_layers_replace_what_earlier_ones_have_put) {
  must(TarText().add({.path = "./etc/", .type = '5'}).file("./etc/name", "one").file("bin/run", "old").file("was-a-file", "x"));
  must(TarText().file("etc/name", "two").add({.path = "was-a-file", .type = '5'}).file("was-a-file/inner", "y"));
  EXPECT_EQ(text("etc/name"), "two");
  EXPECT_EQ(text("bin/run"), "old");
  EXPECT_EQ(text("was-a-file/inner"), "y");
}

TEST_F(LayerUnpackerTest, whiteouts_remove_and_opaque_folders_hide_what_was_below) {
  must(TarText().file("a/gone", "x").file("a/stays", "x").file("gone-folder/deep/x", "x").file("b/old/x", "x").file("b/older", "x"));
  must(TarText()
           .file("a/.wh.gone", "")
           .file(".wh.gone-folder", "")
           .file("b/new", "y")
           .file("b/.wh..wh..opq", "")
           .file("b/later", "z")
           .file(".wh.never-there", ""));
  EXPECT_FALSE(exists("a/gone"));
  EXPECT_TRUE(exists("a/stays"));
  EXPECT_FALSE(exists("gone-folder"));
  EXPECT_FALSE(exists("b/old"));
  EXPECT_FALSE(exists("b/older"));
  EXPECT_EQ(text("b/new") + text("b/later"), "yz");
  for (const auto& entry : fs::recursive_directory_iterator(root()))
    EXPECT_THAT(entry.path().filename().string(), testing::Not(HasSubstr(".wh.")));
}

TEST_F(LayerUnpackerTest, links_stay_text_and_lead_nowhere_outside) {
  must(TarText()
           .add({.path = "usr/bin", .type = '5'})
           .add({.path = "bin", .type = '2', .link_target = "usr/bin"})
           .file("bin/run", "through a link inside")
           .add({.path = "absolute", .type = '2', .link_target = "/usr"})
           .file("absolute/here", "from the image's own root")
           .add({.path = "twin", .type = '1', .link_target = "bin/run"}));
  EXPECT_EQ(text("usr/bin/run"), "through a link inside");
  EXPECT_EQ(text("usr/here"), "from the image's own root");
  EXPECT_EQ(text("twin"), "through a link inside");
}

TEST_F(LayerUnpackerTest, a_hard_link_to_a_symbolic_link_is_one_more_name_of_that_link) {
  must(TarText()
           .file("bin/run", "one")
           .add({.path = "link", .type = '2', .link_target = "bin/run"})
           .add({.path = "twin", .type = '1', .link_target = "link"})
           .add({.path = "out", .type = '2', .link_target = "../outside"})
           .add({.path = "out-twin", .type = '1', .link_target = "out"}));
  for (const char* name : {"link", "twin"}) EXPECT_EQ(fs::read_symlink(root() / name), "bin/run") << name;
  EXPECT_EQ(text("twin"), "one");
  EXPECT_EQ(fs::read_symlink(root() / "out-twin"), "../outside") << "text, which leads nowhere outside where the image is the root";
  must(TarText().file("out-twin", "a file in its place").add({.path = "link", .type = '1', .link_target = "twin"}));
  EXPECT_EQ(text("out-twin"), "a file in its place");
}

TEST_F(LayerUnpackerTest, nothing_outside_is_written_whatever_the_links_say) {
  const TarText attacks[] = {
      TarText().add({.path = "out", .type = '2', .link_target = "../"}).file("out/outside", "attacked"),
      TarText().add({.path = "out", .type = '2', .link_target = folder_.string()}).file("out/outside", "attacked"),
      TarText()
          .add({.path = "up", .type = '2', .link_target = "../../../../../../.."})
          .file("up" + folder_.string() + "/outside", "attacked"),
      TarText().add({.path = "outside", .type = '2', .link_target = "../outside"}).file("outside", "attacked"),
      TarText().add({.path = "d", .type = '2', .link_target = ".."}).file("d/.wh.outside", ""),
      TarText().add({.path = "d", .type = '2', .link_target = ".."}).file("d/.wh..wh..opq", ""),
      TarText().add({.path = "twin", .type = '1', .link_target = "d/../../outside"}).file("twin", "attacked"),
      TarText()
          .add({.path = "d", .type = '2', .link_target = ".."})
          .add({.path = "twin", .type = '1', .link_target = "d"})
          .file("twin/outside", "attacked"),
  };
  for (const TarText& attack : attacks) {
    [[maybe_unused]] const auto unpacked = unpack(attack);  // refused or kept inside: both are right
    EXPECT_EQ(read_file(folder_ / "outside", 100), "untouched");
  }
}

TEST_F(LayerUnpackerTest, what_is_hostile_is_refused_and_named) {
  const struct {
    TarText tar;
    std::string words;
  } cases[] = {
      {TarText().file("../x"), "leads out"},
      {TarText().file("a/../../x"), "leads out"},
      {TarText().file(".wh.."), "removes nothing"},
      {TarText().add({.path = "l", .type = '1', .link_target = "/absent"}), "no file here"},
      {TarText().add({.path = "l", .type = '1', .link_target = "../outside"}), "leads out"},
      {TarText().add({.path = "l", .type = '2', .link_target = ""}), "link to nothing"},
      {TarText().file("f", "x").file("f/inner", "x"), "Not a directory"},
  };
  for (const auto& [tar, words] : cases) {
    const auto unpacked = unpack(tar);
    ASSERT_FALSE(unpacked) << words;
    EXPECT_EQ(unpacked.error().code, ErrorCode::invalid_argument) << unpacked.error().message;
    EXPECT_THAT(unpacked.error().message, HasSubstr(words));
  }
}

TEST_F(LayerUnpackerTest, no_device_no_set_uid_bit_and_nothing_that_only_its_owner_may_read) {
  must(TarText()
           .add({.path = "null", .type = '3'})
           .add({.path = "disk", .type = '4'})
           .add({.path = "pipe", .type = '6'})
           .add({.path = "su", .mode = 06755}, "x")
           .add({.path = "secret", .mode = 0600}, "x")
           .add({.path = "closed", .type = '5', .mode = 0700})
           .add({.path = "sticky", .type = '5', .mode = 07777}));
  for (const char* name : {"null", "disk", "pipe"}) EXPECT_FALSE(exists(name)) << name;
  EXPECT_EQ(amount_.skipped, 3U);
  const std::pair<const char*, mode_t> modes[] = {{"su", 0755}, {"secret", 0644}, {"closed", 0755}, {"sticky", 0755}};
  for (const auto& [name, mode] : modes) {
    struct stat status{};
    ASSERT_EQ(stat((root() / name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, mode) << name;
    EXPECT_EQ(status.st_uid, geteuid()) << name;
  }
}

TEST_F(LayerUnpackerTest, bytes_entries_and_depth_are_bounded) {
  limits_ = {.bytes_max = 100, .entries_max = 5, .path_bytes_max = 60};
  EXPECT_THAT(unpack(TarText().file("a", std::string(101, 'x'))).error().message, HasSubstr("more than 100 bytes"));
  amount_ = {};
  TarText many;
  for (int i = 0; i < 6; ++i) many.file(std::to_string(i), "");
  EXPECT_THAT(unpack(many).error().message, HasSubstr("more than 5 entries"));
  amount_ = {};
  EXPECT_THAT(unpack(TarText().file(std::string(61, 'a'))).error().message, HasSubstr("more than 60 bytes"));
  amount_ = {};
  EXPECT_THAT(unpack(TarText().file("b/c/d/e/f/g", "")).error().message, HasSubstr("more than 5 entries")) << "folders on the way count";
  amount_ = {};
  limits_ = {.paths_bytes_max = 10};
  EXPECT_THAT(unpack(TarText().file("aaaaa").file("aaaaa").file("bbbbbb")).error().message, HasSubstr("paths of more than 10 bytes"));
  limits_ = {};
  std::string deep;
  for (int folder = 0; folder < 256; ++folder) deep += "d/";
  const std::string record = std::to_string(deep.size() + 11) + " path=" + deep + "f\n";  // its own length in front, which has three digits
  EXPECT_THAT(unpack(TarText().add({.path = "long", .type = 'x'}, record).file("f")).error().message, HasSubstr("deeper than 256 folders"));
}

TEST_F(LayerUnpackerTest, a_mount_point_is_never_a_link) {
  must(TarText().add({.path = "dev", .type = '2', .link_target = "/"}).add({.path = "tmp", .type = '2', .link_target = "../outside"}));
  auto tree = ImageTree::open(root());
  ASSERT_TRUE(tree);
  EXPECT_TRUE(tree->make_mount_point("dev/null", false));
  EXPECT_TRUE(tree->make_mount_point("tmp", true));
  EXPECT_TRUE(fs::is_directory(fs::symlink_status(root() / "dev")));
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(root() / "dev/null")));
  EXPECT_TRUE(fs::is_directory(fs::symlink_status(root() / "tmp")));
}

}  // namespace
}  // namespace orc
