#pragma once
namespace vecino::sql::ast { struct Node; }
