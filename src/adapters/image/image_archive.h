#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/crypto/sha256_digest.h"
#include "adapters/package/tar_text.h"

namespace orc {

// Writes image archives by hand for tests, from the tars of their layers.
class ImageArchive {
 public:
  static std::string digest_of(std::string_view bytes) { return "sha256:" + to_hex(Sha256Digest().sha256(bytes)); }

  ImageArchive& layer(std::string tar) {
    layers_.push_back(std::move(tar));
    return *this;
  }
  // The members of "config" in the configuration.
  ImageArchive& config(std::string members) {
    config_ = std::move(members);
    return *this;
  }
  ImageArchive& architecture(std::string name) {
    architecture_ = std::move(name);
    return *this;
  }

  std::string configuration() const {
    std::string text = R"({"os": "linux", "architecture": ")" + architecture_ + R"(", "config": {)" + config_ +
                       R"(}, "rootfs": {"type": "layers", "diff_ids": [)";
    for (std::size_t i = 0; i < layers_.size(); ++i) text += (i > 0 ? ", \"" : "\"") + digest_of(layers_[i]) + "\"";
    return text + "]}}";
  }

  std::string manifest() const {
    std::string text = R"({"schemaVersion": 2, "config": {"digest": ")" + digest_of(configuration()) + R"("}, "layers": [)";
    for (std::size_t i = 0; i < layers_.size(); ++i)
      text += (i > 0 ? ", " : "") + std::string(R"({"digest": ")") + digest_of(layers_[i]) + "\"}";
    return text + "]}";
  }

  // An index that leads to the image, as registries keep one for several processors.
  std::string index() const { return R"({"schemaVersion": 2, "manifests": [{"digest": ")" + digest_of(manifest()) + "\"}]}"; }

  // An OCI image layout, whose index leads to index().
  std::string oci_by_index() const {
    TarText tar;
    tar.file("index.json", R"({"schemaVersion": 2, "manifests": [{"digest": ")" + digest_of(index()) + "\"}]}");
    tar.file("blobs/sha256/" + digest_of(index()).substr(7), index());
    for (const std::string& blob : blobs()) tar.file("blobs/sha256/" + digest_of(blob).substr(7), blob);
    return tar.done();
  }

  // An OCI image layout, whose index names the image if `name` is not empty.
  std::string oci(const std::string& name) const {
    const std::string notes = name.empty() ? "" : R"(, "annotations": {"io.containerd.image.name": ")" + name + "\"}";
    TarText tar;
    tar.file("oci-layout", R"({"imageLayoutVersion": "1.0.0"})");
    tar.file("index.json", R"({"schemaVersion": 2, "manifests": [{"digest": ")" + digest_of(manifest()) + "\"" + notes + "}]}");
    for (const std::string& blob : blobs()) tar.file("blobs/sha256/" + digest_of(blob).substr(7), blob);
    return tar.done();
  }

  // What `docker save` writes since version 25 of several images, or of one by several names: an entry for each name.
  static std::string oci_of(const std::vector<std::pair<ImageArchive, std::string>>& named) {
    TarText tar;
    std::string entries;
    std::map<std::string, std::string> by_digest;
    for (const auto& [image, name] : named) {
      entries += entries.empty() ? "" : ", ";
      entries += R"({"digest": ")" + digest_of(image.manifest()) + R"(", "annotations": {"io.containerd.image.name": ")" + name + "\"}}";
      for (const std::string& blob : image.blobs()) by_digest.emplace(digest_of(blob), blob);
    }
    tar.file("index.json", R"({"schemaVersion": 2, "manifests": [)" + entries + "]}");
    for (const auto& [digest, blob] : by_digest) tar.file("blobs/sha256/" + digest.substr(7), blob);
    return tar.done();
  }

  // What `docker save` wrote before version 25.
  std::string saved(const std::string& name) const {
    TarText tar;
    std::string layers;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const std::string path = std::to_string(i) + "/layer.tar";
      layers += (i > 0 ? ", \"" : "\"") + path + "\"";
      tar.file(path, layers_[i]);
    }
    tar.file("config.json", configuration());
    tar.file("manifest.json", R"([{"Config": "config.json", "RepoTags": [")" + name + R"("], "Layers": [)" + layers + "]}]");
    return tar.done();
  }

 private:
  std::vector<std::string> blobs() const {
    std::vector<std::string> all = layers_;
    all.push_back(configuration());
    all.push_back(manifest());
    return all;
  }

  std::vector<std::string> layers_;
  std::string config_ = R"("Entrypoint": ["/run"])";
#if defined(__aarch64__)
  std::string architecture_ = "arm64";
#else
  std::string architecture_ = "amd64";
#endif
};

}  // namespace orc
