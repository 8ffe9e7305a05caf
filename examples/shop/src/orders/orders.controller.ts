import { Controller, Get } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { Order } from './order.entity.js';

/** The shop's own HTTP, on the router's port. */
@Controller('shop/orders')
export class OrdersController {
  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  @Get()
  list(): Promise<Order[]> {
    return this.orders.find({ order: { id: 'ASC' } });
  }
}
