// The one translation unit that compiles Asio and Beast; everybody else sees their declarations only.
#include <boost/asio/impl/src.hpp>

// What boost/beast/src.hpp has of buffers and HTTP. Its WebSocket part, which nobody uses, asks for a function that the C library of 2022
// does not have.
#define BOOST_BEAST_SOURCE
#include <boost/beast/core/detail/config.hpp>
// The order is that of boost/beast/src.hpp.
#include <boost/beast/core/detail/impl/temporary_buffer.ipp>
#include <boost/beast/core/impl/error.ipp>
#include <boost/beast/core/impl/flat_static_buffer.ipp>
#include <boost/beast/core/impl/saved_handler.ipp>
#include <boost/beast/core/impl/static_buffer.ipp>
#include <boost/beast/core/impl/string.ipp>
#include <boost/beast/http/detail/basic_parser.ipp>
#include <boost/beast/http/detail/rfc7230.ipp>
#include <boost/beast/http/impl/basic_parser.ipp>
#include <boost/beast/http/impl/error.ipp>
#include <boost/beast/http/impl/field.ipp>
#include <boost/beast/http/impl/fields.ipp>
#include <boost/beast/http/impl/rfc7230.ipp>
#include <boost/beast/http/impl/status.ipp>
#include <boost/beast/http/impl/verb.ipp>
