#include "adapters/image/image_layout.h"

#include <algorithm>
#include <fstream>

#include "adapters/crypto/sha256_digest.h"
#include "adapters/image/host_processor.h"
#include "adapters/image/mapped_file.h"
#include "adapters/json/json_document.h"
#include "adapters/package/tar_reader.h"
#include "domain/plugin/image_reference.h"

namespace orc {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view digest_scheme = "sha256:";
constexpr std::size_t manifest_bytes_max = std::size_t{4} << 20;
constexpr int index_depth_max = 3;  // an index of an index is legal, and somebody could make one of itself

std::unexpected<Error> bad_layout(const std::string& why) {
  return fail(ErrorCode::invalid_argument, "this is no image that can be read: " + why);
}

std::string digest_of(std::string_view bytes) { return std::string(digest_scheme) + to_hex(Sha256Digest().sha256(bytes)); }

std::optional<std::string> text_if_any(const JsonValue& object, std::string_view name) {
  const auto member = object.find(name);
  return member ? member->as_string() : std::nullopt;
}

// Where a digest's bytes stand; nothing that a digest could smuggle in is part of the path.
Result<fs::path> blob_path(const fs::path& folder, const std::string& digest) {
  if (!digest.starts_with(digest_scheme)) return bad_layout("its digest '" + digest.substr(0, 100) + "' is not of sha256");
  auto hash = content_hash_from_hex(digest.substr(digest_scheme.size()));
  if (!hash) return pass_on(hash);
  return folder / "blobs" / "sha256" / to_hex(*hash);
}

Result<std::string> small_text(const fs::path& path) {
  auto file = MappedFile::open(path);
  if (!file) return pass_on(file);
  if (file->bytes().size() > manifest_bytes_max) return bad_layout(path.filename().string() + " has more than 4 MiB");
  return std::string(file->bytes());
}

Result<std::string> small_blob(const fs::path& folder, const std::string& digest) {
  auto path = blob_path(folder, digest);
  if (!path) return pass_on(path);
  auto text = small_text(*path);
  if (text && digest_of(*text) != digest) return bad_layout("the bytes of " + digest + " are others");
  return text;
}

Result<void> check_layer(const fs::path& path, const std::string& digest) {
  const auto file = MappedFile::open(path);
  if (!file) return std::unexpected(file.error());
  if (digest_of(file->bytes()) != digest) return bad_layout("the bytes of layer " + digest + " are others");
  return {};
}

void add_name(std::vector<std::string>& names, const std::optional<std::string>& text) {
  if (!text) return;
  const auto reference = parse_image_reference(*text);
  if (reference && std::ranges::find(names, reference->name()) == names.end()) names.push_back(reference->name());
}

// containerd and Docker write the whole name; others only the tag, or what skopeo was told to call it, which counts if there is no other.
void add_names_of(const JsonValue& entry, bool is_named, std::vector<std::string>& names) {
  const auto notes = entry.find("annotations");
  if (!notes) return;
  const std::size_t before = names.size();
  add_name(names, text_if_any(*notes, "io.containerd.image.name"));
  const auto name = text_if_any(*notes, "org.opencontainers.image.ref.name");
  if (!is_named && names.size() == before && name && name->find_first_of(":/") != std::string::npos) add_name(names, name);
}

// The first for this system and processor, or the only one.
std::optional<JsonValue> choose(const JsonValue& manifests) {
  std::optional<JsonValue> chosen;
  for (const JsonValue one : manifests.elements()) {
    const auto platform = one.find("platform");
    const bool fits = platform && text_if_any(*platform, "os") == "linux" && text_if_any(*platform, "architecture") == host_processor;
    if (fits) return one;
    if (!platform && !chosen) chosen = one;
  }
  if (!chosen && manifests.size() == 1) return *manifests.elements().begin();
  return chosen;
}

Result<void> add_layers(const fs::path& folder, const JsonValue& manifest, const ImageLimits& limits, ImageLayout& layout) {
  const auto layers = manifest.find("layers");
  if (!layers || !layers->is_array()) return bad_layout("its manifest has no layers");
  if (layers->size() > limits.layers_max) return bad_layout("it has more than " + std::to_string(limits.layers_max) + " layers");
  for (const JsonValue layer : layers->elements()) {
    const std::string digest = text_if_any(layer, "digest").value_or("");
    auto path = blob_path(folder, digest);
    if (!path) return pass_on(path);
    if (auto checked = check_layer(*path, digest); !checked) return checked;
    layout.layers.push_back(std::move(*path));
  }
  return {};
}

Result<ImageLayout> read_manifest(const fs::path& folder, const std::string& digest, const ImageLimits& limits, ImageLayout layout,
                                  int depth);

Result<ImageLayout> read_index(const fs::path& folder, const JsonValue& index, const ImageLimits& limits, ImageLayout layout, int depth) {
  const auto manifests = index.find("manifests");
  const auto chosen = manifests ? choose(*manifests) : std::nullopt;
  if (!chosen) return bad_layout("it holds none for linux/" + std::string(host_processor));
  const std::string digest = text_if_any(*chosen, "digest").value_or("");
  const bool is_named = !layout.names.empty();
  // `docker save` gives each name of an image an entry, and each further image; one image for several processors has platforms here.
  for (const JsonValue one : manifests->elements()) {
    const bool is_it = text_if_any(one, "digest") == digest;
    if (is_it) add_names_of(one, is_named, layout.names);
    if (!is_it && depth == 0 && !one.find("platform") && !chosen->find("platform"))
      return bad_layout("index.json must be about one image; save them one by one");
  }
  return read_manifest(folder, digest, limits, std::move(layout), depth + 1);
}

Result<ImageLayout> read_manifest(const fs::path& folder, const std::string& digest, const ImageLimits& limits, ImageLayout layout,
                                  int depth) {
  if (depth > index_depth_max) return bad_layout("its index leads to ever further ones");
  auto text = small_blob(folder, digest);
  if (!text) return pass_on(text);
  const auto document = JsonDocument::parse(*text);
  if (!document) return bad_layout("its manifest is no JSON: " + document.error().message);
  const JsonValue manifest = document->root();
  if (manifest.find("manifests")) {
    layout.other_digests.push_back(digest);
    return read_index(folder, manifest, limits, std::move(layout), depth);
  }
  const auto config = manifest.find("config");
  auto config_text = small_blob(folder, config ? text_if_any(*config, "digest").value_or("") : "");
  if (!config_text) return pass_on(config_text);
  auto read = read_image_config(*config_text);
  if (!read) return pass_on(read);
  layout.digest = digest;
  layout.config = std::move(*read);
  if (auto added = add_layers(folder, manifest, limits, layout); !added) return pass_on(added);
  return layout;
}

// What an archive names must be below it.
Result<fs::path> inner_path(const fs::path& folder, const std::string& name) {
  const fs::path path = fs::path(name).lexically_normal();
  if (name.empty() || path.is_absolute() || path.begin()->string() == "..")
    return bad_layout("it names the file '" + name.substr(0, 200) + "'");
  return folder / path;
}

// Docker before version 25: the configuration names the digests of the layers, which are not packed.
Result<ImageLayout> read_saved(const fs::path& folder, const JsonValue& list, const ImageLimits& limits) {
  if (!list.is_array() || list.size() != 1) return bad_layout("manifest.json must be about one image; save them one by one");
  const JsonValue image = *list.elements().begin();
  auto config_path = inner_path(folder, text_if_any(image, "Config").value_or(""));
  if (!config_path) return pass_on(config_path);
  auto config_text = small_text(*config_path);
  if (!config_text) return pass_on(config_text);
  auto config = read_image_config(*config_text);
  if (!config) return pass_on(config);
  ImageLayout layout{.digest = digest_of(*config_text), .config = std::move(*config), .layers = {}, .names = {}, .other_digests = {}};
  if (const auto tags = image.find("RepoTags"))
    for (const JsonValue tag : tags->elements()) add_name(layout.names, tag.as_string());
  const auto layers = image.find("Layers");
  if (!layers || layers->size() != layout.config.layer_digests.size() || layers->size() > limits.layers_max)
    return bad_layout("its layers are not those of its configuration, or more than " + std::to_string(limits.layers_max));
  for (const JsonValue layer : layers->elements()) {
    auto path = inner_path(folder, layer.as_string().value_or(""));
    if (!path) return pass_on(path);
    if (auto checked = check_layer(*path, layout.config.layer_digests[layout.layers.size()]); !checked) return pass_on(checked);
    layout.layers.push_back(std::move(*path));
  }
  return layout;
}

Result<void> write_part(TarReader& reader, const fs::path& path, const ImageLimits& limits, std::uint64_t& bytes) {
  std::ofstream out(path, std::ios::binary);
  std::array<char, 64 * 1024> part;
  for (;;) {
    const auto size = reader.read(part);
    if (!size) return std::unexpected(size.error());
    bytes += *size;
    if (bytes > limits.bytes_max) return bad_layout("it has more than " + std::to_string(limits.bytes_max) + " bytes");
    out.write(part.data(), static_cast<std::streamsize>(*size));
    if (*size == 0) break;
  }
  out.close();
  if (!out) return fail(ErrorCode::unavailable, "cannot write " + path.string());
  return {};
}

}  // namespace

Result<ImageLayout> read_image_layout(const fs::path& folder, const ImageLimits& limits) {
  for (const char* name : {"index.json", "manifest.json"}) {
    auto text = small_text(folder / name);
    if (!text && text.error().code == ErrorCode::not_found) continue;
    if (!text) return pass_on(text);
    const auto document = JsonDocument::parse(*text);
    if (!document) return bad_layout(std::string(name) + " is no JSON: " + document.error().message);
    if (std::string_view(name) == "manifest.json") return read_saved(folder, document->root(), limits);
    return read_index(folder, document->root(), limits, {}, 0);
  }
  return bad_layout("it has neither index.json (an OCI image layout) nor manifest.json (docker save)");
}

Result<void> unpack_layout(const fs::path& tar, const fs::path& folder, const ImageLimits& limits) {
  const auto file = MappedFile::open(tar);
  if (!file) return std::unexpected(file.error());
  auto reader = TarReader::open(file->bytes());
  if (!reader) return bad_layout(reader.error().message);
  std::uint64_t bytes = 0;
  for (std::size_t entries = 0;; ++entries) {
    auto entry = reader->next();
    if (!entry) return bad_layout(entry.error().message);
    if (!*entry) return {};
    // A blob and a folder or two for each layer, and a few more files.
    if (entries > 10 * limits.layers_max)
      return bad_layout("it has more files than an image of " + std::to_string(limits.layers_max) + " layers");
    if ((*entry)->kind == TarKind::symlink || (*entry)->kind == TarKind::hardlink)
      return bad_layout("it holds links; pack it with: skopeo copy docker-archive:FILE oci-archive:OTHER");
    if ((*entry)->kind != TarKind::file) continue;
    auto path = inner_path(folder, (*entry)->path);
    if (!path) return pass_on(path);
    std::error_code problem;
    fs::create_directories(path->parent_path(), problem);
    if (problem) return fail(ErrorCode::unavailable, path->string() + ": " + problem.message());
    if (auto written = write_part(*reader, *path, limits, bytes); !written) return written;
  }
}

}  // namespace orc
