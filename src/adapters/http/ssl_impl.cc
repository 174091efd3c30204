// The one translation unit that compiles Asio's TLS; everybody else sees its declarations only.
#include <boost/asio/ssl/impl/src.hpp>
